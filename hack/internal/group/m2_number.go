//go:build linux

package group

import (
	"context"
	"errors"
	"sync"

	"supportd/hack/internal/customers"
	"supportd/library/wire"
)

// numbersTried is how many numbers are told to two relays at the same instant.
const numbersTried = 1000

// oneNumber lets two computers join with one number at two relays, again and again.
func (c *campaign) oneNumber(ctx context.Context) (err error) {
	s, err := c.newSite(ctx, c.Relays)
	if err != nil {
		return err
	}
	defer func() { err = joinStop(err, s) }()
	numbers, err := s.nodes[0].sessions(numbersTried)
	if err != nil {
		return err
	}
	s.say("%d numbers", len(numbers))
	once, answers := 0, map[wire.Code]int{}
	var wins [2]int
	for i, number := range numbers {
		codes, err := s.race(i, number)
		if err != nil {
			return err
		}
		won := 0
		for j, code := range codes {
			answers[code]++
			if code == wire.CodeOK {
				won++
				wins[j]++
			}
		}
		if won == 1 {
			once++
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	s.row("one number at two relays at the same instant", "exactly one computer joins, each time", once == numbersTried, "%d of %d: %d at the first relay, %d at the second", once, numbersTried, wins[0], wins[1])
	s.row("", "the other one is told that the number was used", answers[wire.CodeUsed] == numbersTried, "%d, by code: %v", answers[wire.CodeUsed], answers)
	return nil
}

// race has a computer at each of two relays say the number.
func (s *site) race(i int, number string) (codes [2]wire.Code, err error) {
	var there [2]*customers.Candidate
	for j := range there {
		if there[j], err = customers.NewCandidate(s.nodes[j].Addr, i); err != nil {
			return codes, err
		}
		defer there[j].Close()
	}
	var saying sync.WaitGroup
	var failed [2]error
	start := make(chan struct{})
	for j, candidate := range there {
		saying.Go(func() {
			<-start
			welcome, err := candidate.Join(number)
			var refused *customers.Refusal
			if codes[j], failed[j] = welcome.Code, err; errors.As(err, &refused) {
				codes[j], failed[j] = refused.Code, nil
			}
		})
	}
	close(start)
	saying.Wait()
	return codes, errors.Join(failed[:]...)
}
