package main

import (
	"kept/internal/model"
)

// tenYAML is the work that Kept sets itself: ten metrics over every event, so that
// nothing can be skipped but what lies outside the windows, and a scorecard over
// them.
const tenYAML = `kept: 1
metrics:
  - {name: count_7d, kind: count, window: 7d}
  - {name: count_28d, kind: count, window: 28d}
  - {name: count_90d, kind: count, window: 90d}
  - {name: actors_7d, kind: distinct_actors, window: 7d}
  - {name: actors_28d, kind: distinct_actors, window: 28d}
  - {name: actors_90d, kind: distinct_actors, window: 90d}
  - {name: active_days_28d, kind: active_days, window: 28d}
  - {name: recency, kind: recency}
  - {name: trend, kind: change, of: count_28d, as: ratio}
  - {name: seats, kind: subscription, field: seats}
  - {name: seat_use, kind: formula, expr: actors_28d / seats}
segments:
  - {key: all, title: All}
scorecards:
  - key: default
    title: Ten metrics
    redistribution: within_group
    min_coverage: 0.5
    band_bounds: lower_inclusive
    bands:
      - {key: red, title: At risk, min: 0, color: red}
      - {key: yellow, title: Watch, min: 50, color: yellow}
      - {key: green, title: Healthy, min: 75, color: green}
    groups:
      - key: breadth
        title: Breadth
        weight: 40
        measures:
          - {key: seat_use, metric: seat_use, weight: 50, points: [{x: 0, score: 0}, {x: 0.8, score: 100}]}
          - {key: actors_7d, metric: actors_7d, weight: 10, points: [{x: 0, score: 0}, {x: 5, score: 100}]}
          - {key: actors_28d, metric: actors_28d, weight: 20, points: [{x: 0, score: 0}, {x: 10, score: 100}]}
          - {key: actors_90d, metric: actors_90d, weight: 20, points: [{x: 0, score: 0}, {x: 20, score: 100}]}
      - key: depth
        title: Depth
        weight: 60
        measures:
          - {key: count_7d, metric: count_7d, weight: 10, points: [{x: 0, score: 0}, {x: 100, score: 100}]}
          - {key: count_28d, metric: count_28d, weight: 10, points: [{x: 0, score: 0}, {x: 400, score: 100}]}
          - {key: count_90d, metric: count_90d, weight: 10, points: [{x: 0, score: 0}, {x: 1200, score: 100}]}
          - {key: active_days, metric: active_days_28d, weight: 30, points: [{x: 0, score: 0}, {x: 20, score: 100}]}
          - {key: recency, metric: recency, weight: 20, points: [{x: 0, score: 100}, {x: 30, score: 0}]}
          - {key: trend, metric: trend, weight: 20, points: [{x: -0.5, score: 0}, {x: 0, score: 80}, {x: 0.2, score: 100}]}
`

// tenModel compiles it.
func tenModel() (*model.Compiled, error) {
	m, err := model.Parse([]model.File{{Path: "ten.yaml", Data: []byte(tenYAML)}})
	if err != nil {
		return nil, err
	}
	return m.Compile()
}
