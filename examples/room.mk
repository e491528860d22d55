# examples: what `init --from` copies; each directory is a whole project. Found from the source tree until installed.
nobase_dist_pkgdata_DATA += \
    examples/tensor-linear/README.md examples/tensor-linear/crdeploy.yaml examples/tensor-linear/expected.json \
    examples/tensor-linear/make-model.py examples/tensor-linear/model.onnx examples/tensor-linear/request.json \
    examples/tiny-distilbert-qa/README.md examples/tiny-distilbert-qa/config.json \
    examples/tiny-distilbert-qa/crdeploy.yaml examples/tiny-distilbert-qa/expected.json \
    examples/tiny-distilbert-qa/model.onnx examples/tiny-distilbert-qa/request.json \
    examples/tiny-distilbert-qa/tokenizer.json examples/tiny-distilbert-qa/tokenizer_config.json \
    examples/tiny-distilbert-qa/train.py examples/tiny-distilbert-qa/vocab.txt
