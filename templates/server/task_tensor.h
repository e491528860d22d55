/*
 * task_tensor.h - task "tensor": any graph, named tensors in and out, Open Inference Protocol v2.
 *   request  {"id"?: "7", "inputs": [TENSOR...], "outputs"?: [{"name": "y"}...]}
 *   response {"model_name": ..., "model_version"?: ..., "id"?: "7", "outputs": [TENSOR...]}
 * A missing, unknown or duplicate input, a wrong type or shape is a 400 that names it.
 */
#ifndef SERVER_TASK_TENSOR_H
#define SERVER_TASK_TENSOR_H

#include "task.h"

task_open_fn tensor_open;

#endif
