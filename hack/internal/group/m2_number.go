//go:build linux

package group

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"supportd/hack/internal/customers"
	"supportd/library/wire"
)

// numbersTried is how many numbers are told to all relays at the same instant.
const numbersTried = 1000

// oneNumber lets a computer at each relay join with the same number, again and again.
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
	wins := make([]int, len(s.nodes))
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
	others := numbersTried * (len(s.nodes) - 1)
	s.row(fmt.Sprintf("one number at %d relays at the same instant", len(s.nodes)), "exactly one computer joins, each time", once == numbersTried, "%d of %d: %v at each relay", once, numbersTried, wins)
	s.row("", "the others are told that the number was used", answers[wire.CodeUsed] == others, "%d of %d, by code: %v", answers[wire.CodeUsed], others, answers)
	return nil
}

// race has a computer at each relay say the number.
func (s *site) race(i int, number string) (codes []wire.Code, err error) {
	codes = make([]wire.Code, len(s.nodes))
	there := make([]*customers.Candidate, len(s.nodes))
	for j := range there {
		if there[j], err = customers.NewCandidate(s.nodes[j].Addr, i); err != nil {
			return codes, err
		}
		defer there[j].Close()
	}
	var saying sync.WaitGroup
	failed := make([]error, len(s.nodes))
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
	return codes, errors.Join(failed...)
}
