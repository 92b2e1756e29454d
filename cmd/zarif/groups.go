package main

import "github.com/spf13/cobra"

// addCommands gives the root its commands, in the groups that help shows them in:
// what they are for.
func addCommands(root *cobra.Command, io streams) {
	for _, group := range []struct {
		id, title string
		commands  []*cobra.Command
	}{
		{"measure", "Measure:", []*cobra.Command{newRun(io), newTest(io), newTune(io), newInit(io), newList(io)}},
		{"read", "Read results:", []*cobra.Command{newReport(io), newExplain(io), newClaims(io), newStacks(io)}},
		{"gate", "Gate and compare:", []*cobra.Command{newGate(io), newCompare(io)}},
		{"clusters", "Clusters and images:", []*cobra.Command{newDoctor(io), newCluster(io), newImage(io)}},
		{"model", "The local cluster against a real one:", []*cobra.Command{newCalibrate(io), newParity(io)}},
		{"zarif", "zarif itself:", []*cobra.Command{newVersion(io)}},
	} {
		root.AddGroup(&cobra.Group{ID: group.id, Title: group.title})
		for _, command := range group.commands {
			command.GroupID = group.id
			root.AddCommand(command)
		}
	}
	root.SetHelpCommandGroupID("zarif")
	root.SetCompletionCommandGroupID("zarif")
}
