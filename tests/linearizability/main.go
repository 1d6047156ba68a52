// Reads operations on tasks, one JSON object a line, and says for each task whether they are linearizable.
// Porcupine decides; here is only what one task does when requests come one after the other.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/anishathalye/porcupine"
)

const limit = 60 * time.Second

// A request and its answer. Match is the version in If-Match, 0 without one; times are nanoseconds of one clock.
type operation struct {
	Task, Kind, Title, Answered      string
	Client, Status                   int
	Match, Version, Called, Returned int64
}

// Every task begins as it is created.
type task struct {
	version int64
	title   string
	deleted bool
}

func step(state, input, _ interface{}) (bool, interface{}) {
	now, op := state.(task), input.(operation)
	if now.deleted {
		return op.Status == 404, now
	}
	if op.Match != 0 && op.Match != now.version {
		return op.Status == 412, now
	}
	switch op.Kind {
	case "read":
		return op.Status == 200 && op.Version == now.version && op.Answered == now.title, now
	case "update":
		next := task{version: now.version + 1, title: op.Title}
		return op.Status == 200 && op.Version == next.version && op.Answered == next.title, next
	case "delete":
		return op.Status == 204, task{version: now.version + 1, deleted: true}
	}
	return false, now
}

func readAll(input io.Reader) (map[string][]porcupine.Operation, error) {
	tasks, decoder := map[string][]porcupine.Operation{}, json.NewDecoder(input)
	for {
		var op operation
		if err := decoder.Decode(&op); errors.Is(err, io.EOF) {
			return tasks, nil
		} else if err != nil {
			return nil, err
		}
		tasks[op.Task] = append(tasks[op.Task], porcupine.Operation{
			ClientId: op.Client, Input: op, Call: op.Called, Return: op.Returned,
		})
	}
}

func main() {
	tasks, err := readAll(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	model := porcupine.Model{
		Init: func() interface{} { return task{version: 1, title: "new"} },
		Step: step,
	}
	for name, operations := range tasks {
		fmt.Println(name, porcupine.CheckOperationsTimeout(model, operations, limit))
	}
}
