package usagetest_test

import (
	"testing"

	"kept/internal/usage"
	"kept/internal/usagetest"
)

func TestMemoryStore(t *testing.T) {
	usagetest.Run(t, func(testing.TB) usage.Store { return usage.NewMemoryStore() })
}
