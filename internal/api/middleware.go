package api

import "context"

type ctxKey int

const (
	keyRequestID ctxKey = iota
	keyCaller
)

// requestID returns the id of the request that ctx belongs to.
func requestID(ctx context.Context) string {
	v, _ := ctx.Value(keyRequestID).(string)
	return v
}
