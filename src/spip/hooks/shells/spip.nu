# pip, pip3 and pip3.X mean spip in this shell; `^pip` is pip itself. Starts no process.
def --wrapped __spip_pip [python: string, name: string, ...rest] {
    if not (@FILE@ | path exists) or ($nu.os-info.name != "windows" and (which --all $python | where type == external | is-empty)) {
        run-external $name ...$rest
    } else if $nu.os-info.name == "windows" or ($env.SPIP_PYTHON? | is-not-empty) {
        run-external @SPIP@ ...$rest
    } else {
        # The first Python on PATH is the active environment's, whichever tool activated it.
        with-env { SPIP_PYTHON: $python } { run-external @SPIP@ ...$rest }
    }
}

def __spip_complete [context: string] {
    let words = $context | split row --regex '\s+'
    let asked = { COMP_WORDS: $context, COMP_CWORD: (($words | length) - 1 | into string), PIP_AUTO_COMPLETE: "1" }
    with-env $asked { do --ignore-errors { run-external @SPIP@ } | split row --regex '\s+' | where $it != "" }
}

def --wrapped pip [...rest: string@__spip_complete] { __spip_pip python3 pip ...$rest }
def --wrapped pip3 [...rest: string@__spip_complete] { __spip_pip python3 pip3 ...$rest }
@EACH_MINOR@
