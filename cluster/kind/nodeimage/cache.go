package nodeimage

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"zarif/cluster/flock"
)

// cache holds the results of finished steps, one folder each, named after the
// step and the hash of its inputs. A folder is there as a whole or not at all.
type cache struct{ dir string }

// entry returns the folder for a step, calling fill on a temporary one next to
// it when there is none yet or force is set. Nothing stays behind when fill
// fails. A new entry replaces older ones of the same step.
func (c cache) entry(step, hash string, force bool, fill func(dir string) error) (dir string, hit bool, err error) {
	dir = filepath.Join(c.dir, step+"-"+hash)
	if _, err := os.Stat(dir); err == nil && !force {
		return dir, true, nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", false, err
	}
	temp, err := os.MkdirTemp(c.dir, "."+step+"-")
	if err != nil {
		return "", false, err
	}
	defer os.RemoveAll(temp)
	if err := fill(temp); err != nil {
		return "", false, err
	}
	older, err := filepath.Glob(filepath.Join(c.dir, step+"-????????????"))
	if err != nil {
		return "", false, err
	}
	for _, o := range older {
		if err := os.RemoveAll(o); err != nil {
			return "", false, err
		}
	}
	if err := os.Chmod(temp, 0o755); err != nil {
		return "", false, err
	}
	return dir, false, os.Rename(temp, dir)
}

// sweep removes what a build that was killed had under way.
func (c cache) sweep() error {
	half, err := filepath.Glob(filepath.Join(c.dir, ".*-*"))
	for _, h := range half {
		err = errors.Join(err, os.RemoveAll(h))
	}
	return err
}

// lock makes the cache this process's own until unlock, waiting for its turn.
func (c cache) lock(ctx context.Context, waiting func()) (unlock func() error, err error) {
	return flock.Take(ctx, filepath.Join(c.dir, "lock"), waiting)
}
