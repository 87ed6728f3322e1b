package api

import (
	"context"
	"net/http"


	"kept/internal/fault"
)

func soon[I, T any](_ context.Context, _ *I) (T, error) {
	var zero T
	return zero, fault.New(fault.Unavailable, "not yet")
}

func soonAct[I any](_ context.Context, _ *I) error { return fault.New(fault.Unavailable, "not yet") }

func soonRaw(http.ResponseWriter, *http.Request) error {
	return fault.New(fault.Unavailable, "not yet")
}

