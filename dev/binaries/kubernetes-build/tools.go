//go:build tools

// Package kubernetesbuild pins what the local stack builds from source when no released binary can be fetched.
package kubernetesbuild

import (
	_ "go.etcd.io/etcd/server/v3"
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kube-controller-manager"
)
