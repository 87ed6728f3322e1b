package evaluate

import (
	"context"
	"time"

	"kept/internal/id"
)

// ScoreGrid is the score and band of every account at many instants, under the
// model in force.
type ScoreGrid struct {
	Instants []time.Time
	Accounts []id.Account
	// Score is by instant, then account: NaN where there is none. Band is the place
	// in Bands, and Absent where the account did not exist.
	Score [][]float64
	Band  [][]uint8
	Bands []string
}

// Absent is the band of an account that does not exist at the instant.
const Absent = absent

// ScoreGrid computes the scores of every account at ascending instants, without
// keeping anything for later: 9 bytes for each.
func (e *Engine) ScoreGrid(ctx context.Context, instants []time.Time) (*ScoreGrid, error) {
	s, _, err := e.ready(time.Time{})
	if err != nil {
		return nil, err
	}
	positions := make([]int32, len(s.book.dossiers))
	g := &ScoreGrid{Instants: instants, Bands: bandCodes(s.model).keys}
	for i, d := range s.book.dossiers {
		positions[i] = int32(i) //nolint:gosec // accounts are far fewer than 2^31
		g.Accounts = append(g.Accounts, d.account.ID)
	}
	for _, c := range newColumns(s, instants, len(positions)) {
		g.Score, g.Band = append(g.Score, c.score), append(g.Band, c.band)
	}
	return g, s.pass(e.workers).scores(ctx, positions, instants, func(t, i int, score float64, band uint8) {
		g.Score[t][i], g.Band[t][i] = score, band
	})
}
