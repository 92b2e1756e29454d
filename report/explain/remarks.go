package explain

import "zarif/report"

func (c *inquiry) remarks(t *report.Trial) []report.Remark { return nil }
