package validate

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"kept/internal/stats/num"
)

// The resampled figures, in the order of the vector that resample returns.
const (
	figAUCByARR = iota
	figPRAUC
	figBrier
	figSkill
	figLogLoss
	figLogLossBase
	figECE
	figExpected
	figLiftDecile
	figCaptureDecile
	figCaptureDecileARR
	figLiftCapacity
	figCaptureCapacity
	figCaptureCapacityARR
	figLeftARR
	figLostARR
	figures
)

// Resamples is the number of bootstrap replicates (statistics.md §3.4).
const Resamples = 1000

const (
	eceBins    = 10
	jackBlocks = 200
)

// weighted computes all resampled figures in one pass over rows that are sorted
// once, with a weight for each account.
type weighted struct {
	// By descending risk.
	cluster     []int32
	tieEnd      []bool // the row is the last of its risk
	y           []float64
	arr         []float64
	arrAfter    []float64
	decile, cap []float64
	// Calibrated rows.
	pCluster []int32
	py, p    []float64
	bin      []int32
	bins     int
	accounts int
}

func newWeighted(d *Dataset, p *pool, decile, capacity []float64, bins []int, nBins int) *weighted {
	order := riskiest(p.risk)
	// Accounts that have rows are numbered without gaps: they are the unit.
	number := make([]int32, len(d.Accounts))
	for i := range number {
		number[i] = -1
	}
	w := &weighted{bins: nBins}
	for _, c := range p.cluster {
		if number[c] < 0 {
			number[c] = int32(w.accounts) //nolint:gosec // accounts
			w.accounts++
		}
	}
	one := func(b bool) float64 {
		if b {
			return 1
		}
		return 0
	}
	for k, i := range order {
		w.cluster = append(w.cluster, number[p.cluster[i]])
		w.tieEnd = append(w.tieEnd, k == len(order)-1 || p.risk[i] != p.risk[order[k+1]])
		w.y = append(w.y, one(p.y[i]))
		w.arr = append(w.arr, p.arr[i])
		w.arrAfter = append(w.arrAfter, min(p.arr[i], max(d.Rows[p.rows[i]].ARRAfter, 0)))
		w.decile = append(w.decile, decile[i])
		w.cap = append(w.cap, capacity[i])
	}
	for k, i := range p.calibrated {
		w.pCluster = append(w.pCluster, number[p.cluster[i]])
		w.py = append(w.py, one(p.y[i]))
		w.p = append(w.p, p.p[i])
		w.bin = append(w.bin, int32(bins[k])) //nolint:gosec // ten
	}
	return w
}

// compute returns the figures with a weight for each account.
func (w *weighted) compute(of []float64, binRoom [][3]float64) (out [figures]float64) {
	var pos, all, posARR, allARR float64                     // running, by descending risk
	var groupPos, groupAll, groupPosARR, groupNegARR float64 // of the tie at hand
	var pr, pairsARR, negARR float64
	var dec, decPos, decPosARR, cp, cpPos, cpPosARR, leftARR, lostARR float64
	for i, c := range w.cluster {
		m := of[c]
		if m != 0 {
			y, a := w.y[i], w.arr[i]*m
			my := m * y
			groupAll += m
			groupPos += my
			groupPosARR += a * y
			groupNegARR += a * (1 - y)
			dec += m * w.decile[i]
			decPos += my * w.decile[i]
			decPosARR += a * y * w.decile[i]
			cp += m * w.cap[i]
			cpPos += my * w.cap[i]
			cpPosARR += a * y * w.cap[i]
			allARR += a
			leftARR += a * y
			lostARR += a*y + (1-y)*m*(w.arr[i]-w.arrAfter[i])
		}
		if w.tieEnd[i] {
			pos += groupPos
			all += groupAll
			if groupPos > 0 {
				pr += groupPos * pos / all
			}
			pairsARR += groupNegARR * (posARR + groupPosARR/2)
			posARR += groupPosARR
			negARR += groupNegARR
			groupPos, groupAll, groupPosARR, groupNegARR = 0, 0, 0, 0
		}
	}
	base := pos / all
	out[figAUCByARR] = pairsARR / (posARR * negARR)
	out[figPRAUC] = pr / pos
	out[figLiftDecile] = decPos / dec / base
	out[figCaptureDecile] = decPos / pos
	out[figCaptureDecileARR] = decPosARR / posARR
	out[figLiftCapacity] = cpPos / cp / base
	out[figCaptureCapacity] = cpPos / pos
	out[figCaptureCapacityARR] = cpPosARR / posARR
	out[figLeftARR], out[figLostARR] = leftARR/allARR, lostARR/allARR
	w.probabilities(of, binRoom, &out)
	return out
}

func (w *weighted) probabilities(of []float64, binRoom [][3]float64, out *[figures]float64) {
	clear(binRoom)
	var n, events, brier, loss, sum float64
	for i, c := range w.pCluster {
		m := of[c]
		if m == 0 {
			continue
		}
		y, p := w.py[i], w.p[i]
		n += m
		events += m * y
		sum += m * p
		brier += m * (p - y) * (p - y)
		q := p
		if y == 0 {
			q = 1 - p
		}
		loss -= m * math.Log(q)
		b := &binRoom[w.bin[i]]
		b[0] += m
		b[1] += m * y
		b[2] += m * p
	}
	base := events / n
	ece := 0.0
	for _, b := range binRoom {
		ece += math.Abs(b[1] - b[2])
	}
	out[figBrier] = brier / n
	out[figSkill] = 1 - brier/n/(base*(1-base))
	out[figLogLoss] = loss / n
	out[figLogLossBase] = -(base*math.Log(base) + (1-base)*math.Log(1-base))
	out[figECE] = ece / n
	out[figExpected] = sum / events
}

// resampled is a figure with its BCa interval.
type resampled struct{ value, low, high float64 }

// resample draws accounts with replacement and returns each figure with its BCa
// interval (Efron 1987); the acceleration comes from a jackknife of blocks of
// accounts. Each replicate has its own generator: the result does not depend on
// the number of goroutines.
func (w *weighted) resample(seed uint64) [figures]resampled {
	ones := make([]float64, w.accounts)
	for i := range ones {
		ones[i] = 1
	}
	center := w.compute(ones, make([][3]float64, w.bins))
	draws := make([][figures]float64, Resamples)
	blocks := min(w.accounts, jackBlocks)
	jack := make([][figures]float64, blocks)
	workers := runtime.GOMAXPROCS(0)
	var group sync.WaitGroup
	for k := range workers {
		group.Go(func() {
			of, room := make([]float64, w.accounts), make([][3]float64, w.bins)
			for b := k; b < Resamples; b += workers {
				clear(of)
				r := rand.New(rand.NewPCG(seed, uint64(b))) //nolint:gosec // resampling is no secret
				for range w.accounts {
					of[r.IntN(w.accounts)]++
				}
				draws[b] = w.compute(of, room)
			}
			for b := k; b < blocks; b += workers {
				for i := range of {
					of[i] = 1
					if i%blocks == b {
						of[i] = 0
					}
				}
				jack[b] = w.compute(of, room)
			}
		})
	}
	group.Wait()
	var out [figures]resampled
	for f := range out {
		if f == figECE {
			out[f] = recentred(center[f], column(draws, f))
			continue
		}
		out[f] = bca(center[f], column(draws, f), column(jack, f))
	}
	return out
}

func column(rows [][figures]float64, f int) []float64 {
	out := make([]float64, 0, len(rows))
	for i := range rows {
		if v := rows[i][f]; !math.IsNaN(v) && !math.IsInf(v, 0) {
			out = append(out, v)
		}
	}
	return out
}

// bca returns NaN limits where too many replicates could not be computed.
func bca(center float64, draws, jack []float64) resampled {
	out := resampled{center, math.NaN(), math.NaN()}
	if math.IsNaN(center) || len(draws) < Resamples*9/10 || len(jack) < 2 {
		return out
	}
	slices.Sort(draws)
	if draws[0] == draws[len(draws)-1] {
		out.low, out.high = draws[0], draws[0]
		return out
	}
	below, equal := 0, 0
	for _, v := range draws {
		switch {
		case v < center:
			below++
		case v == center:
			equal++
		}
	}
	n := float64(len(draws))
	share := (float64(below) + float64(equal)/2) / n
	z0 := num.NormQuantile(min(max(share, .5/n), 1-.5/n))
	mean, _ := moments(jack)
	var s2, s3 float64
	for _, v := range jack {
		d := mean - v
		s2 += d * d
		s3 += d * d * d
	}
	a := 0.0
	if s2 > 0 {
		a = s3 / (6 * math.Pow(s2, 1.5))
	}
	limit := func(z float64) float64 {
		t := z0 + (z0+z)/(1-a*(z0+z))
		return num.QuantileSorted(draws, 1-num.NormCDF(-t))
	}
	out.low, out.high = limit(-z95), limit(z95)
	return out
}

// recentred moves the replicates onto the estimate before it takes percentiles:
// an ECE grows with noise, so that replicates lie above it and BCa, which corrects
// the estimate by as much again, leaves it out of its own interval.
func recentred(center float64, draws []float64) resampled {
	out := resampled{center, math.NaN(), math.NaN()}
	if math.IsNaN(center) || len(draws) < Resamples*9/10 {
		return out
	}
	slices.Sort(draws)
	mid := num.QuantileSorted(draws, .5)
	out.low = max(0, center+num.QuantileSorted(draws, (1-Level)/2)-mid)
	out.high = center + num.QuantileSorted(draws, 1-(1-Level)/2) - mid
	return out
}
