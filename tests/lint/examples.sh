#!/bin/sh
# Examples are whole: each has its manifest, request and answer, and what a script made is what the script makes.
# shellcheck source=tests/lint/tap.sh
. "$(dirname "$0")/tap.sh"
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
whole() {
    for dir in "$top"/examples/*/; do
        for file in README.md crdeploy.yaml request.json expected.json; do
            [ -s "$dir$file" ] || echo "$dir$file: missing"
        done
        find "$dir" -type f | while read -r file; do
            grep -qF "examples/${file#"$top"/examples/}" "$top/examples/room.mk" || echo "$file: not installed by examples/room.mk"
        done
    done
}
verdict "every example is whole and installed" "$(whole)"
# `init NAME --from EXAMPLE` gives the model a name of the user's.
verdict "no sample expects the example's own name" "$(grep -n '^ *model_name:' "$top"/examples/*/crdeploy.yaml)"
python3 "$top/examples/tensor-linear/make-model.py" "$work/model.onnx" 2>"$work/stderr" || cat "$work/stderr"
verdict "make-model.py makes the committed graph" "$(cmp "$work/model.onnx" "$top/examples/tensor-linear/model.onnx" 2>&1)"
python3 "$top/tests/data/graphs/make-graphs.py" "$work" 2>"$work/stderr" || cat "$work/stderr"
for graph in branches repeats; do
    verdict "make-graphs.py makes the committed $graph" "$(cmp "$work/$graph.onnx" "$top/tests/data/graphs/$graph.onnx" 2>&1)"
done
done_testing
