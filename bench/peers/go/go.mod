module mountplan.example/bench/peers

go 1.19

require github.com/moby/sys/mountinfo v0.7.2

require golang.org/x/sys v0.1.0 // indirect
