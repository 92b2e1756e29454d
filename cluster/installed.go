package cluster

// An Installed says how an application runs without its image: with what is
// installed on a machine, in the versions that it has there.
type Installed struct {
	Dir        string   // the working directory in the image; Files are below it
	Files      []File   // paths relative to Dir
	Entrypoint []string // as of an image. Programs are looked up by name, as a shell does
	Make       []string // a command that makes of Files what runs, in Dir, and fails where what it takes is not there; empty: they run as they are
	Needs      []Need
}

// A Need is an interpreter or a package that has to be there.
type Need struct {
	Name    string   // as a reader knows it, e.g. "Flask"
	Version []string // a command that prints its version on one line, and fails where it is not there
	// Program is the name by which commands run it; empty: they do not. Find is a
	// command that prints its absolute path.
	Program string
	Find    []string
}
