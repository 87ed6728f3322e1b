// Package discrim measures how well a score tells the accounts that leave from
// those that stay (AUC, precision and recall, lift) and how well a probability
// says how many (Brier, log loss, calibration), and calibrates scores (Platt,
// isotonic). Outcomes are 0/1 with 1 for the event; a higher score means a higher
// risk. Weights, such as the ARR of an account, are optional.
package discrim
