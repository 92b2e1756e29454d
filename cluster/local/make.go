package local

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"zarif/cluster"
	"zarif/cluster/local/supervisor"
)

// makeTime bounds how long what an application is made of may take to be made.
const makeTime = 10 * time.Minute

// make makes what runs of an application's files, once for each image. It is given
// to a supervisor, as pods are: whatever it starts dies with zarif.
func (l *Cluster) make(ctx context.Context, t *template, in *cluster.Installed) error {
	if len(in.Make) == 0 {
		return nil
	}
	l.making.Lock()
	defer l.making.Unlock()
	if err, done := l.made[t.root]; done {
		return err
	}
	err := l.runMake(ctx, t, in.Make)
	if ctx.Err() == nil {
		l.made[t.root] = err
	}
	return err
}

func (l *Cluster) runMake(ctx context.Context, t *template, argv []string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, makeTime, fmt.Errorf("it was not done within %s", makeTime))
	defer cancel()
	program, err := lookUp(argv[0], os.Getenv("PATH"))
	if err != nil {
		return err
	}
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	defer read.Close()
	run, err := supervisor.Start(ctx, supervisor.Config{
		Binary: l.supervisor, Argv: append([]string{program}, argv[1:]...), Env: os.Environ(), Dir: t.dir, Output: write,
	})
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = run.Close() })()
	var said bytes.Buffer
	_, err = io.Copy(&said, read)
	<-run.Done()
	switch exit := run.Exit(); {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case exit.Err != nil:
		return exit.Err
	case exit.Code != 0:
		return fmt.Errorf("%s: exit code %d: %s", argv[0], exit.Code, firstLine(said.String()))
	}
	return err
}
