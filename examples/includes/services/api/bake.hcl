# Contexts are relative to the folder of an included file; outputs to where tsbake runs.

target "api" {
  inherits = ["_base"]
  context  = "."
  output   = ["type=local,dest=out/api"]
}
