# A minimal Debian, made without any container registry.
FROM scratch
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ADD base.tar /
COPY files/ /
CMD ["bash"]
