package build

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"os"
	"path"

	"zarif/cluster"
)

// usual are the places of a bundle on the systems that run containers.
var usual = []string{
	"/etc/ssl/certs/ca-certificates.crt", // Debian
	"/etc/pki/tls/certs/ca-bundle.crt",   // Fedora
	"/etc/ssl/ca-bundle.pem",             // openSUSE
	"/etc/ssl/cert.pem",                  // Alpine, macOS
}

// hostCertificates is the machine's bundle; empty without one.
func hostCertificates() string {
	for _, file := range append([]string{os.Getenv("SSL_CERT_FILE")}, usual...) {
		if _, err := os.Stat(file); file != "" && err == nil {
			return file
		}
	}
	return ""
}

// trusted is the machine's bundle as it is, and each certificate of it as a file of
// its own, from which Debian's tools make bundle and key stores again.
func (b *Builder) trusted() (files []cluster.File, err error) {
	if b.config.Certificates == "" {
		return nil, nil
	}
	bundle, err := os.ReadFile(b.config.Certificates)
	if err != nil {
		return nil, fmt.Errorf("read what this machine trusts: %w", err)
	}
	files = []cluster.File{{Path: "ca-certificates.crt", Mode: 0o644, Data: bundle}}
	seen := map[string]bool{}
	for block, rest := pem.Decode(bundle); block != nil; block, rest = pem.Decode(rest) {
		sum := sha256.Sum256(block.Bytes)
		name := "zarif-" + hex.EncodeToString(sum[:8]) + ".crt"
		if block.Type == "CERTIFICATE" && !seen[name] {
			seen[name] = true
			files = append(files, cluster.File{Path: path.Join("certificates", name), Mode: 0o644, Data: pem.EncodeToMemory(block)})
		}
	}
	if len(seen) == 0 {
		return nil, fmt.Errorf("%s: want certificates (PEM)", b.config.Certificates)
	}
	return files, nil
}
