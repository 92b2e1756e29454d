package report

// Collect puts trials together. Scenarios come in the order in which their first
// trials were started, trials of one by number.
func Collect(trials []Trial) Results { return Results{Schema: Schema, Trials: trials} }
