module mountplan

go 1.19
