package manifest

import (
	"slices"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// isKustomization reports whether a file of that name makes its folder a kustomization.
func isKustomization(name string) bool {
	return slices.Contains(konfig.RecognizedKustomizationFileNames(), name)
}

// kustomized is what `kubectl kustomize` makes of a folder, without plugins.
func kustomized(dir string) ([]Object, Faults) {
	options := krusty.MakeDefaultOptions()
	options.Reorder = krusty.ReorderOptionNone
	built, err := krusty.MakeKustomizer(options).Run(filesys.MakeFsOnDisk(), dir)
	if err != nil {
		return nil, Faults{{"kustomization " + dir, err.Error(), "one that kubectl kustomize builds"}}
	}
	text, err := built.AsYaml()
	if err != nil {
		return nil, Faults{{"kustomization " + dir, err.Error(), ""}}
	}
	objects, faults := decode("kustomization "+dir, text)
	for i := range objects { // lines of what was never written down help nobody
		objects[i].At = "kustomization " + dir
	}
	return objects, faults
}
