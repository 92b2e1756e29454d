package document

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// A Catalog holds what files define, each under a name of its own. The zero value
// has nothing. It does not change, so it is safe for concurrent use.
type Catalog[T any] struct {
	named func(T) string
	all   []T
}

// Collect reads every file that matches a pattern (fs.Glob); read says what one
// defines, and named what it is called. The error joins every fault in every file.
func Collect[T any](from fs.FS, pattern string, named func(T) string, read func(file string, text []byte) ([]T, error)) (Catalog[T], error) {
	files, err := fs.Glob(from, pattern)
	if err != nil {
		return Catalog[T]{}, err
	}
	c := Catalog[T]{named: named}
	var faults []error
	first := map[string]string{}
	for _, file := range files {
		text, err := fs.ReadFile(from, file)
		if err != nil {
			return Catalog[T]{}, err
		}
		defined, err := read(file, text)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		for _, one := range defined {
			name := named(one)
			if other, taken := first[name]; taken {
				faults = append(faults, Fault{File: file, Field: "name", Problem: fmt.Sprintf("%q is taken by %s", name, other), Want: "a name of its own"})
				continue
			}
			first[name] = file
			c.all = append(c.all, one)
		}
	}
	if err := errors.Join(faults...); err != nil {
		return Catalog[T]{}, err
	}
	slices.SortFunc(c.all, func(a, b T) int { return strings.Compare(named(a), named(b)) })
	return c, nil
}

// All lists what there is, by name.
func (c Catalog[T]) All() []T { return slices.Clone(c.all) }

// Named finds one by its name.
func (c Catalog[T]) Named(name string) (found T, ok bool) {
	i := slices.IndexFunc(c.all, func(one T) bool { return c.named(one) == name })
	if i < 0 {
		return found, false
	}
	return c.all[i], true
}
