package document

import (
	"encoding/json"
	"strings"
	"testing"
)

func decode(t *testing.T, js string) (d documentJSON) {
	t.Helper()
	in := json.NewDecoder(strings.NewReader(js))
	in.DisallowUnknownFields()
	if err := in.Decode(&d); err != nil {
		t.Fatalf("%v in\n%.2000s", err, js)
	}
	return d
}

// The keys are a contract: programs of others read them.
func TestJSON(t *testing.T) {
	const want = `{
 "host": "PC-0417",
 "collected": "2026-11-23T15:04:05+09:00",
 "sections": [
  {
   "category": "memory",
   "title": "Memory",
   "reason": "it took too long",
   "took_seconds": 0.012,
   "items": [
    {
     "name": "total",
     "value": 8589934592,
     "unit": "bytes"
    },
    {
     "name": "used_percent",
     "value": 41.5,
     "unit": "percent"
    },
    {
     "name": "serial",
     "value": null,
     "withheld": true
    },
    {
     "name": "bios_date",
     "value": null,
     "reason": "needs administrator rights"
    },
    {
     "name": "uptime",
     "value": 274200,
     "unit": "seconds"
    },
    {
     "name": "last_boot",
     "value": "2026-11-20T10:54:05+09:00",
     "unit": "time"
    },
    {
     "name": "uefi",
     "value": true
    }
   ],
   "tables": [
    {
     "name": "volumes",
     "columns": [
      {
       "name": "mount"
      },
      {
       "name": "size",
       "unit": "bytes"
      },
      {
       "name": "owner",
       "withheld": true
      }
     ],
     "rows": [
      {
       "mount": "/",
       "owner": null,
       "size": 268435456000
      },
      {
       "mount": "/사진",
       "owner": null,
       "size": null
      },
      {
       "mount": "/mnt",
       "owner": null,
       "size": 1048576
      }
     ],
     "omitted": 3,
     "reason": "it took too long"
    },
    {
     "name": "modules",
     "columns": [],
     "rows": [],
     "reason": "needs administrator rights"
    },
    {
     "name": "fans",
     "columns": [],
     "rows": []
    }
   ]
  },
  {
   "category": "processes",
   "title": "Processes",
   "withheld": true,
   "took_seconds": 0,
   "items": [],
   "tables": []
  }
 ]
}
`
	_, got := both(t, sample())
	if got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestJSONRoundTrip(t *testing.T) {
	_, js := both(t, sample())
	back := decode(t, js)
	again, err := json.MarshalIndent(back, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if string(again)+"\n" != js {
		t.Errorf("what was read does not write to the same bytes:\n%s", again)
	}
}

func TestEmptyDocument(t *testing.T) {
	text, js := both(t, Document{})
	if !strings.Contains(text, "host name not known") || len(decode(t, js).Sections) != 0 {
		t.Errorf("%s\n%s", text, js)
	}
}
