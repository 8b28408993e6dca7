package visit

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l limiter
		if !l.begin(1) || l.begin(1) {
			t.Fatal("the limit does not hold")
		}
		idle := l.close()
		if l.begin(9) {
			t.Error("somebody came in after the end")
		}
		select {
		case <-idle:
			t.Error("nobody was waited for")
		default:
		}
		l.end()
		<-idle
		<-l.close()
	})
}

func TestPresence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p presence
		gone := 0
		leave := func() bool { return p.leave("alice", func() { gone++ }) }
		if p.enter("alice") != comesNew || p.enter("alice") != comesAgain {
			t.Error("the first connection comes, the second does not")
		}
		if leave() || !leave() {
			t.Error("the last one to leave is not told apart")
		}
		time.Sleep(lingering / 2)
		synctest.Wait()
		if p.enter("alice") != comesBack || gone > 0 {
			t.Error("a short pause is no leaving")
		}
		leave()
		time.Sleep(2 * lingering)
		synctest.Wait()
		if gone != 1 {
			t.Errorf("told %d times", gone)
		}
		if p.enter("alice") != comesNew {
			t.Error("coming back after that is told again")
		}
		leave()
		p.end()
		time.Sleep(2 * lingering)
		synctest.Wait()
		if gone != 1 {
			t.Error("told after the end")
		}
	})
}
