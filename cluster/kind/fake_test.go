package kind

func fakeEngine(args []string) int { return 0 }

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
