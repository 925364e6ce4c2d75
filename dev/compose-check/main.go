// Command compose-check loads Compose files the way Docker Compose does, later files over earlier ones: strict schema,
// interpolation from its own environment, defaults, paths, dependencies. It prints the resolved project as JSON.
// Needs no Docker engine.
//
// Exit codes: 0 loaded; 1 a file is not valid, or anything that Docker Compose would only warn of; 2 usage.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/sirupsen/logrus"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: compose-check FILE...")
		os.Exit(2)
	}
	project, err := load(context.Background(), os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Stdout.Write(project)
}

func load(ctx context.Context, files []string) ([]byte, error) {
	warnings := &warningsHook{}
	logrus.AddHook(warnings)
	options, err := cli.NewProjectOptions(
		files,
		cli.WithWorkingDirectory(filepath.Dir(files[0])),
		cli.WithOsEnv,
		cli.WithName("holdfast-check"),
		cli.WithDefaultProfiles("*"),
	)
	if err != nil {
		return nil, err
	}
	project, err := options.LoadProject(ctx)
	if err != nil {
		return nil, err
	}
	if len(warnings.messages) > 0 {
		return nil, errors.Join(warnings.messages...)
	}
	return project.MarshalJSON()
}

// A warning of Compose is something that does not work as written, for example a variable without a default.
type warningsHook struct{ messages []error }

func (*warningsHook) Levels() []logrus.Level {
	return []logrus.Level{logrus.WarnLevel, logrus.ErrorLevel}
}

func (hook *warningsHook) Fire(entry *logrus.Entry) error {
	hook.messages = append(hook.messages, errors.New(entry.Message))
	return nil
}
