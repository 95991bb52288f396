// One Python function per entry point of bissl.h, named without its prefix: inputs are arguments, outputs are returned.
// A wrapper reads its arguments, makes one call without the GIL and converts what comes back.
#include "arguments.h"

#define FUNCTION(name) static PyObject *name(PyObject *Py_UNUSED(self), PyObject *arguments)

// Reads the arguments; `...` are pairs of a converter and the argument's address, one "O&" each.
#define PARSE(format, ...) \
  if (!PyArg_ParseTuple(arguments, format, ##__VA_ARGS__)) return NULL

static PyObject *no_result(int32_t status, const bissl_error *error) {
  return call_failed(status, error) ? NULL : Py_NewRef(Py_None);
}

static PyObject *handle_result(int32_t status, const bissl_error *error, bissl_handle output) {
  if (!call_failed(status, error)) return handle_wrap(output);
  if (output != NULL) bissl_handle_release(output);
  return NULL;
}

// Room for the handles that a call gives, all NULL at first.
static bissl_handle *handles_room(int64_t count) {
  bissl_handle *outputs = PyMem_Calloc((size_t)count + 1, sizeof *outputs);
  return outputs != NULL ? outputs : (bissl_handle *)PyErr_NoMemory();
}

// A tuple of the handles, which are given back where it cannot be made; frees the room.
static PyObject *handles_result(int32_t status, const bissl_error *error, bissl_handle *outputs, int64_t count) {
  PyObject *result = call_failed(status, error) ? NULL : PyTuple_New((Py_ssize_t)count);
  for (int64_t i = 0; i < count; i++) {
    PyObject *wrapped = result == NULL || outputs[i] == NULL ? NULL : handle_wrap(outputs[i]);
    if (wrapped != NULL) {
      PyTuple_SetItem(result, (Py_ssize_t)i, wrapped);
      continue;
    }
    // A handle that could not be wrapped has been given back already.
    if (result == NULL && outputs[i] != NULL) bissl_handle_release(outputs[i]);
    Py_CLEAR(result);
  }
  PyMem_Free(outputs);
  return result;
}

static PyObject *text_of(bissl_handle text) {
  const char *data = NULL;
  int64_t count = 0;
  CALL_ENGINE(bissl_text_data(text, &data, &count, &error));
  return call_failed(status, &error) ? NULL : PyUnicode_DecodeUTF8(data, (Py_ssize_t)count, "replace");
}

static PyObject *text_result(int32_t status, const bissl_error *error, bissl_handle text) {
  PyObject *result = call_failed(status, error) ? NULL : text_of(text);
  if (text != NULL) bissl_handle_release(text);
  return result;
}

// Make the call, whose outputs are called `output`, and return its result.
#define RETURN_NONE(call)                                      \
  CALL_ENGINE(call)                                            \
  return no_result(status, &error)
#define RETURN_HANDLE(call)                                    \
  bissl_handle output = NULL;                                  \
  CALL_ENGINE(call)                                            \
  return handle_result(status, &error, output)
#define RETURN_HANDLES(count, call)                            \
  bissl_handle *outputs = handles_room(count);                 \
  if (outputs == NULL) return NULL;                            \
  CALL_ENGINE(call)                                            \
  return handles_result(status, &error, outputs, count)
#define RETURN_TEXT(call)                                      \
  bissl_handle output = NULL;                                  \
  CALL_ENGINE(call)                                            \
  return text_result(status, &error, output)
#define RETURN_REAL(call)                                      \
  double output = 0;                                           \
  CALL_ENGINE(call)                                            \
  return call_failed(status, &error) ? NULL : PyFloat_FromDouble(output)

// Up to three numbers, made before a call that cannot be taken back: once it was made, nothing may fail any more.
typedef struct {
  PyObject *numbers[3];
  double values[3];
} Report;

static void report_release(Report *report) {
  for (int i = 0; i < 3; i++) Py_CLEAR(report->numbers[i]);
}

static int report_prepare(Report *report, int count) {
  for (int i = 0; i < count; i++)
    if ((report->numbers[i] = PyFloat_FromDouble(0)) == NULL) return 0;
  return 1;
}

// The value at `index`, in the memory of the number that was made for it: given back here, it is the next that CPython
// hands out, since no other thread runs Python in between.
static PyObject *report_number(Report *report, int index) {
  Py_CLEAR(report->numbers[index]);
  return PyFloat_FromDouble(report->values[index]);
}

// Makes a call that writes `report.values`, and returns the three of them.
#define RETURN_REPORT(call)                                                              \
  RELEASED_BY(report_release) Report report = {0};                                       \
  PyObject *result = report_prepare(&report, 3) ? PyTuple_New(3) : NULL;                 \
  if (result == NULL) return NULL;                                                       \
  CALL_ENGINE(call)                                                                      \
  if (call_failed(status, &error)) {                                                     \
    Py_DECREF(result);                                                                   \
    return NULL;                                                                         \
  }                                                                                      \
  for (int i = 0; i < 3; i++) PyTuple_SetItem(result, i, report_number(&report, i));    \
  return result

// --- engine ----------------------------------------------------------------------------------------------------------

FUNCTION(engine_describe) {
  PARSE(":engine_describe");
  RETURN_TEXT(bissl_engine_describe(&output, &error));
}

FUNCTION(engine_threads) {
  PARSE(":engine_threads");
  int64_t count = 0;
  CALL_ENGINE(bissl_engine_threads(&count, &error));
  return call_failed(status, &error) ? NULL : PyLong_FromLongLong(count);
}

FUNCTION(engine_set_threads) {
  INTEGER(count);
  PARSE("O&:engine_set_threads", integer_argument, &count);
  RETURN_NONE(bissl_engine_set_threads(count.value, &error));
}

FUNCTION(engine_record_regions) {
  FLAG(record);
  PARSE("O&:engine_record_regions", flag_argument, &record);
  RETURN_NONE(bissl_engine_record_regions(record.value, &error));
}

FUNCTION(engine_regions) {
  PARSE(":engine_regions");
  RETURN_TEXT(bissl_engine_regions(&output, &error));
}

FUNCTION(engine_multiply_adds) {
  PARSE(":engine_multiply_adds");
  RETURN_REAL(bissl_engine_multiply_adds(&output, &error));
}

FUNCTION(engine_set_exact_convolution) {
  FLAG(exact);
  PARSE("O&:engine_set_exact_convolution", flag_argument, &exact);
  RETURN_NONE(bissl_engine_set_exact_convolution(exact.value, &error));
}

FUNCTION(engine_set_bf16x2_products) {
  FLAG(enabled);
  PARSE("O&:engine_set_bf16x2_products", flag_argument, &enabled);
  RETURN_NONE(bissl_engine_set_bf16x2_products(enabled.value, &error));
}

FUNCTION(engine_set_recompute_activations) {
  FLAG(recompute);
  PARSE("O&:engine_set_recompute_activations", flag_argument, &recompute);
  RETURN_NONE(bissl_engine_set_recompute_activations(recompute.value, &error));
}

FUNCTION(engine_memory) {
  PARSE(":engine_memory");
  int64_t bytes[4] = {0};
  CALL_ENGINE(bissl_engine_memory(bytes, &error));
  if (call_failed(status, &error)) return NULL;
  return Py_BuildValue("LLLL", (long long)bytes[0], (long long)bytes[1], (long long)bytes[2], (long long)bytes[3]);
}

FUNCTION(engine_reset_peak) {
  PARSE(":engine_reset_peak");
  RETURN_NONE(bissl_engine_reset_peak(&error));
}

FUNCTION(engine_record_holdings) {
  FLAG(record);
  PARSE("O&:engine_record_holdings", flag_argument, &record);
  RETURN_NONE(bissl_engine_record_holdings(record.value, &error));
}

FUNCTION(engine_holdings_at_peak) {
  PARSE(":engine_holdings_at_peak");
  RETURN_TEXT(bissl_engine_holdings_at_peak(&output, &error));
}

FUNCTION(engine_trim) {
  PARSE(":engine_trim");
  RETURN_NONE(bissl_engine_trim(&error));
}

FUNCTION(engine_interrupt_after) {
  INTEGER(count);
  PARSE("O&:engine_interrupt_after", integer_argument, &count);
  int64_t left = 0;
  CALL_ENGINE(bissl_engine_interrupt_after(count.value, &left, &error));
  return call_failed(status, &error) ? NULL : PyLong_FromLongLong(left);
}

FUNCTION(engine_refuse_memory_after) {
  INTEGER(count);
  PARSE("O&:engine_refuse_memory_after", integer_argument, &count);
  int64_t left = 0;
  CALL_ENGINE(bissl_engine_refuse_memory_after(count.value, &left, &error));
  return call_failed(status, &error) ? NULL : PyLong_FromLongLong(left);
}

FUNCTION(engine_set_communicator) {
  INTEGER(rank);
  INTEGER(size);
  PyObject *function = NULL;
  PARSE("O&O&O:engine_set_communicator", integer_argument, &rank, integer_argument, &size, &function);
  return communicator_install(rank.value, size.value, function) == 0 ? Py_NewRef(Py_None) : NULL;
}

// --- vectors ---------------------------------------------------------------------------------------------------------

FUNCTION(vector_create) {
  ARRAY(values);
  PARSE("O&:vector_create", array_argument, &values);
  RETURN_HANDLE(bissl_vector_create(values.value, &output, &error));
}

// --- modules ---------------------------------------------------------------------------------------------------------

FUNCTION(module_create) {
  TEXT(kind);
  SETTINGS(settings);
  SEED(seed);
  PARSE("O&O&O&:module_create", text_argument, &kind, settings_argument, &settings, seed_argument, &seed);
  RETURN_HANDLE(bissl_module_create(kind.value, settings.value, seed.value, &output, &error));
}

FUNCTION(module_clone) {
  HANDLE(module);
  PARSE("O&:module_clone", handle_argument, &module);
  RETURN_HANDLE(bissl_module_clone(module.value, &output, &error));
}

FUNCTION(module_describe) {
  HANDLE(module);
  PARSE("O&:module_describe", handle_argument, &module);
  RETURN_TEXT(bissl_module_describe(module.value, &output, &error));
}

FUNCTION(module_parameters) {
  HANDLE(module);
  PARSE("O&:module_parameters", handle_argument, &module);
  RETURN_HANDLE(bissl_module_parameters(module.value, &output, &error));
}

FUNCTION(module_buffers) {
  HANDLE(module);
  PARSE("O&:module_buffers", handle_argument, &module);
  RETURN_HANDLE(bissl_module_buffers(module.value, &output, &error));
}

FUNCTION(module_frozen) {
  HANDLE(module);
  PARSE("O&:module_frozen", handle_argument, &module);
  RETURN_HANDLE(bissl_module_frozen(module.value, &output, &error));
}

FUNCTION(module_set_frozen) {
  HANDLE(module);
  ARRAY(values);
  PARSE("O&O&:module_set_frozen", handle_argument, &module, array_argument, &values);
  RETURN_NONE(bissl_module_set_frozen(module.value, values.value, &error));
}

FUNCTION(module_freeze) {
  HANDLE(module);
  SETTINGS(names);
  PARSE("O&O&:module_freeze", handle_argument, &module, settings_argument, &names);
  RETURN_HANDLE(bissl_module_freeze(module.value, names.value, &output, &error));
}

FUNCTION(module_adapt) {
  HANDLE(module);
  SETTINGS(adapters);
  SEED(seed);
  PARSE("O&O&O&:module_adapt", handle_argument, &module, settings_argument, &adapters, seed_argument, &seed);
  RETURN_HANDLE(bissl_module_adapt(module.value, adapters.value, seed.value, &output, &error));
}

FUNCTION(module_merge) {
  HANDLE(module);
  PARSE("O&:module_merge", handle_argument, &module);
  RETURN_HANDLE(bissl_module_merge(module.value, &output, &error));
}

FUNCTION(module_apply) {
  HANDLE(module);
  ARRAY(input);
  PARSE("O&O&:module_apply", handle_argument, &module, array_argument, &input);
  RETURN_HANDLE(bissl_module_apply(module.value, input.value, &output, &error));
}

FUNCTION(module_observe) {
  HANDLE(module);
  ARRAY(input);
  PARSE("O&O&:module_observe", handle_argument, &module, array_argument, &input);
  RETURN_NONE(bissl_module_observe(module.value, input.value, &error));
}

FUNCTION(module_maps) {
  HANDLE(module);
  ARRAY(images);
  SETTINGS(names);
  PARSE("O&O&O&:module_maps", handle_argument, &module, array_argument, &images, settings_argument, &names);
  RETURN_HANDLES(names.value.count, bissl_module_maps(module.value, images.value, names.value, outputs, &error));
}

FUNCTION(trace_create) {
  HANDLE(module);
  INTEGERS(shape);
  PARSE("O&O&:trace_create", handle_argument, &module, integers_argument, &shape);
  RETURN_HANDLE(bissl_trace_create(module.value, shape.values, shape.count, &output, &error));
}

FUNCTION(trace_images) {
  HANDLE(trace);
  PARSE("O&:trace_images", handle_argument, &trace);
  RETURN_HANDLE(bissl_trace_images(trace.value, &output, &error));
}

FUNCTION(trace_parameter) {
  HANDLE(trace);
  TEXT(name);
  PARSE("O&O&:trace_parameter", handle_argument, &trace, text_argument, &name);
  RETURN_HANDLE(bissl_trace_parameter(trace.value, name.value, &output, &error));
}

FUNCTION(trace_batch_norm) {
  HANDLE(trace);
  TEXT(name);
  HANDLE(x);
  PARSE("O&O&O&:trace_batch_norm", handle_argument, &trace, text_argument, &name, handle_argument, &x);
  RETURN_HANDLE(bissl_trace_batch_norm(trace.value, name.value, x.value, &output, &error));
}

FUNCTION(trace_map) {
  HANDLE(trace);
  TEXT(name);
  HANDLE(x);
  INTEGER(stride);
  PARSE("O&O&O&O&:trace_map", handle_argument, &trace, text_argument, &name, handle_argument, &x, integer_argument,
        &stride);
  RETURN_NONE(bissl_trace_map(trace.value, name.value, x.value, stride.value, &error));
}

FUNCTION(trace_end) {
  HANDLE(trace);
  HANDLE(features);
  PARSE("O&O&:trace_end", handle_argument, &trace, handle_argument, &features);
  RETURN_NONE(bissl_trace_end(trace.value, features.value, &error));
}

// --- objectives ------------------------------------------------------------------------------------------------------

FUNCTION(objective_create) {
  TEXT(kind);
  SETTINGS(settings);
  HANDLES(modules);
  PARSE("O&O&O&:objective_create", text_argument, &kind, settings_argument, &settings, handles_argument, &modules);
  RETURN_HANDLE(
    bissl_objective_create(kind.value, settings.value, modules.values, modules.count, &output, &error));
}

FUNCTION(byol_step) {
  HANDLE(objective);
  HANDLE(backbone);
  HANDLE(head);
  REAL(decay);
  PARSE("O&O&O&O&:byol_step", handle_argument, &objective, handle_argument, &backbone, handle_argument, &head,
        real_argument, &decay);
  RETURN_HANDLE(bissl_byol_step(objective.value, backbone.value, head.value, decay.value, &output, &error));
}

FUNCTION(byol_target) {
  HANDLE(objective);
  SELECTOR(which);
  PARSE("O&O&:byol_target", handle_argument, &objective, selector_argument, &which);
  RETURN_HANDLE(bissl_byol_target(objective.value, which.value, &output, &error));
}

FUNCTION(byol_updates) {
  HANDLE(objective);
  PARSE("O&:byol_updates", handle_argument, &objective);
  RETURN_HANDLE(bissl_byol_updates(objective.value, &output, &error));
}

FUNCTION(mae_predict) {
  HANDLE(objective);
  HANDLE(backbone);
  HANDLE(head);
  BATCH(batch);
  PARSE("O&O&O&O&:mae_predict", handle_argument, &objective, handle_argument, &backbone, handle_argument, &head,
        batch_argument, &batch);
  bissl_handle prediction = NULL, mask = NULL;
  CALL_ENGINE(bissl_mae_predict(objective.value, backbone.value, head.value, batch.values, batch.count, &prediction,
                                &mask, &error));
  PyObject *first = handle_result(status, &error, prediction);
  if (first == NULL) {
    if (mask != NULL) bissl_handle_release(mask);
    return NULL;
  }
  PyObject *second = handle_wrap(mask);
  if (second == NULL) Py_DECREF(first);
  return second == NULL ? NULL : Py_BuildValue("NN", first, second);
}

FUNCTION(objective_evaluate) {
  HANDLE(objective);
  HANDLE(backbone);
  HANDLE(head);
  BATCH(batch);
  FLAG(wants_backbone);
  FLAG(wants_head);
  PARSE("O&O&O&O&O&O&:objective_evaluate", handle_argument, &objective, handle_argument, &backbone, handle_argument,
        &head, batch_argument, &batch, flag_argument, &wants_backbone, flag_argument, &wants_head);
  RETURN_HANDLE(bissl_objective_evaluate(objective.value, backbone.value, head.value, batch.values, batch.count,
                                         wants_backbone.value, wants_head.value, &output, &error));
}

FUNCTION(evaluation_loss) {
  HANDLE(evaluation);
  PARSE("O&:evaluation_loss", handle_argument, &evaluation);
  RETURN_REAL(bissl_evaluation_loss(evaluation.value, &output, &error));
}

FUNCTION(evaluation_gradient) {
  HANDLE(evaluation);
  SELECTOR(which);
  PARSE("O&O&:evaluation_gradient", handle_argument, &evaluation, selector_argument, &which);
  RETURN_HANDLE(bissl_evaluation_gradient(evaluation.value, which.value, &output, &error));
}

FUNCTION(objective_linearize) {
  HANDLE(objective);
  HANDLE(backbone);
  HANDLE(head);
  BATCH(batch);
  FLAG(jointly);
  PARSE("O&O&O&O&O&:objective_linearize", handle_argument, &objective, handle_argument, &backbone, handle_argument, &head,
        batch_argument, &batch, flag_argument, &jointly);
  RETURN_HANDLE(bissl_objective_linearize(objective.value, backbone.value, head.value, batch.values, batch.count,
                                          jointly.value, &output, &error));
}

FUNCTION(linearization_loss) {
  HANDLE(linearization);
  PARSE("O&:linearization_loss", handle_argument, &linearization);
  RETURN_REAL(bissl_linearization_loss(linearization.value, &output, &error));
}

FUNCTION(linearization_gradient) {
  HANDLE(linearization);
  SELECTOR(which);
  PARSE("O&O&:linearization_gradient", handle_argument, &linearization, selector_argument, &which);
  RETURN_HANDLE(bissl_linearization_gradient(linearization.value, which.value, &output, &error));
}

FUNCTION(linearization_product) {
  HANDLE(linearization);
  ARRAY(direction);
  TEXT(curvature);
  PARSE("O&O&O&:linearization_product", handle_argument, &linearization, array_argument, &direction, text_argument,
        &curvature);
  RETURN_HANDLE(
      bissl_linearization_product(linearization.value, direction.value, curvature.value, &output, &error));
}

// --- losses that are recorded operation by operation -----------------------------------------------------------------

FUNCTION(recording_create) {
  HANDLE(backbone);
  HANDLE(head);
  FLAG(wants_backbone);
  FLAG(wants_head);
  FLAG(snapshot);
  FLAG(training);
  PARSE("O&O&O&O&O&O&:recording_create", handle_argument, &backbone, handle_argument, &head, flag_argument,
        &wants_backbone, flag_argument, &wants_head, flag_argument, &snapshot, flag_argument, &training);
  RETURN_HANDLE(bissl_recording_create(backbone.value, head.value, wants_backbone.value, wants_head.value,
                                       snapshot.value, training.value, &output, &error));
}

FUNCTION(recording_features) {
  HANDLE(recording);
  ARRAY(images);
  INTEGER(batches);
  SETTINGS(maps);
  FLAG(pooled);
  PARSE("O&O&O&O&O&:recording_features", handle_argument, &recording, array_argument, &images, integer_argument,
        &batches, settings_argument, &maps, flag_argument, &pooled);
  int64_t count = maps.value.count + (pooled.value != 0);
  RETURN_HANDLES(count, bissl_recording_features(recording.value, images.value, batches.value, maps.value,
                                                 pooled.value, outputs, &error));
}

FUNCTION(recording_stage) {
  HANDLE(recording);
  TEXT(name);
  HANDLE(x);
  INTEGER(stride);
  INTEGER(dilation);
  PARSE("O&O&O&O&O&:recording_stage", handle_argument, &recording, text_argument, &name, handle_argument, &x,
        integer_argument, &stride, integer_argument, &dilation);
  RETURN_HANDLE(bissl_recording_stage(recording.value, name.value, x.value, stride.value, dilation.value, &output,
                                      &error));
}

FUNCTION(recording_outputs) {
  HANDLE(recording);
  HANDLE(features);
  PARSE("O&O&:recording_outputs", handle_argument, &recording, handle_argument, &features);
  RETURN_HANDLE(bissl_recording_outputs(recording.value, features.value, &output, &error));
}

FUNCTION(recording_parameter) {
  HANDLE(recording);
  TEXT(name);
  PARSE("O&O&:recording_parameter", handle_argument, &recording, text_argument, &name);
  RETURN_HANDLE(bissl_recording_parameter(recording.value, name.value, &output, &error));
}

FUNCTION(recording_embedding) {
  HANDLE(recording);
  HANDLE(value);
  PARSE("O&O&:recording_embedding", handle_argument, &recording, handle_argument, &value);
  RETURN_NONE(bissl_recording_embedding(recording.value, value.value, &error));
}

FUNCTION(recording_evaluate) {
  HANDLE(recording);
  HANDLE(loss);
  PARSE("O&O&:recording_evaluate", handle_argument, &recording, handle_argument, &loss);
  RETURN_HANDLE(bissl_recording_evaluate(recording.value, loss.value, &output, &error));
}

FUNCTION(recording_linearize) {
  HANDLE(recording);
  HANDLE(loss);
  FLAG(jointly);
  PARSE("O&O&O&:recording_linearize", handle_argument, &recording, handle_argument, &loss, flag_argument, &jointly);
  RETURN_HANDLE(bissl_recording_linearize(recording.value, loss.value, jointly.value, &output, &error));
}

FUNCTION(variable_create) {
  ARRAY(values);
  PARSE("O&:variable_create", array_argument, &values);
  RETURN_HANDLE(bissl_variable_create(values.value, &output, &error));
}

FUNCTION(variable_describe) {
  HANDLE(variable);
  PARSE("O&:variable_describe", handle_argument, &variable);
  RETURN_TEXT(bissl_variable_describe(variable.value, &output, &error));
}

FUNCTION(variable_value) {
  HANDLE(variable);
  PARSE("O&:variable_value", handle_argument, &variable);
  RETURN_HANDLE(bissl_variable_value(variable.value, &output, &error));
}

FUNCTION(catalogue_describe) {
  PARSE(":catalogue_describe");
  RETURN_TEXT(bissl_catalogue_describe(&output, &error));
}

FUNCTION(operation_apply) {
  TEXT(operation);
  SETTINGS(settings);
  HANDLES(inputs);
  PARSE("O&O&O&:operation_apply", text_argument, &operation, settings_argument, &settings, handles_argument, &inputs);
  RETURN_HANDLE(bissl_operation_apply(operation.value, settings.value, inputs.values, inputs.count, &output, &error));
}

// --- optimisers ------------------------------------------------------------------------------------------------------

FUNCTION(optimizer_create) {
  TEXT(kind);
  REAL(weight_decay);
  REAL(momentum);
  FLAG(nesterov);
  REAL(trust_coefficient);
  FLAG(exclude_vectors);
  PARSE("O&O&O&O&O&O&:optimizer_create", text_argument, &kind, real_argument, &weight_decay, real_argument, &momentum,
        flag_argument, &nesterov, real_argument, &trust_coefficient, flag_argument, &exclude_vectors);
  RETURN_HANDLE(bissl_optimizer_create(kind.value, weight_decay.value, momentum.value, nesterov.value,
                                       trust_coefficient.value, exclude_vectors.value, &output, &error));
}

FUNCTION(adamw_create) {
  REAL(weight_decay);
  REAL(beta1);
  REAL(beta2);
  REAL(epsilon);
  FLAG(exclude_vectors);
  PARSE("O&O&O&O&O&:adamw_create", real_argument, &weight_decay, real_argument, &beta1, real_argument, &beta2,
        real_argument, &epsilon, flag_argument, &exclude_vectors);
  RETURN_HANDLE(bissl_adamw_create(weight_decay.value, beta1.value, beta2.value, epsilon.value, exclude_vectors.value,
                                   &output, &error));
}

FUNCTION(optimizer_assign) {
  HANDLE(optimizer);
  HANDLE(module);
  ARRAY(settings);
  PARSE("O&O&O&:optimizer_assign", handle_argument, &optimizer, handle_argument, &module, array_argument, &settings);
  RETURN_NONE(bissl_optimizer_assign(optimizer.value, module.value, settings.value, &error));
}

FUNCTION(optimizer_state) {
  HANDLE(optimizer);
  HANDLE(module);
  TEXT(name);
  PARSE("O&O&O&:optimizer_state", handle_argument, &optimizer, handle_argument, &module, text_argument, &name);
  RETURN_HANDLE(bissl_optimizer_state(optimizer.value, module.value, name.value, &output, &error));
}

// --- training steps --------------------------------------------------------------------------------------------------

FUNCTION(step_propose) {
  TEXT(level);
  SETTINGS(terms);
  HANDLES(evaluations);
  PARSE("O&O&O&:step_propose", text_argument, &level, settings_argument, &terms, handles_argument, &evaluations);
  RETURN_HANDLE(bissl_step_propose(level.value, terms.value, evaluations.values, evaluations.count, &output, &error));
}

FUNCTION(step_proximal) {
  HANDLE(step);
  REAL(lam);
  HANDLE(anchor);
  PARSE("O&O&O&:step_proximal", handle_argument, &step, real_argument, &lam, handle_argument, &anchor);
  RETURN_REAL(bissl_step_proximal(step.value, lam.value, anchor.value, &output, &error));
}

FUNCTION(step_commit) {
  HANDLE(step);
  HANDLE(optimizer);
  REAL(learning_rate);
  REAL(clip_norm);
  PARSE("O&O&O&O&:step_commit", handle_argument, &step, handle_argument, &optimizer, real_argument, &learning_rate,
        real_argument, &clip_norm);
  RELEASED_BY(report_release) Report report = {0};
  if (!report_prepare(&report, 1)) return NULL;
  CALL_ENGINE(bissl_step_commit(step.value, optimizer.value, learning_rate.value, clip_norm.value, report.values,
                                &error));
  return call_failed(status, &error) ? NULL : report_number(&report, 0);
}

FUNCTION(upper_propose) {
  HANDLE(at_lower);
  HANDLE(at_upper);
  PARSE("O&O&:upper_propose", handle_argument, &at_lower, handle_argument, &at_upper);
  RETURN_HANDLE(bissl_upper_propose(at_lower.value, at_upper.value, &output, &error));
}

FUNCTION(upper_v) {
  HANDLE(step);
  PARSE("O&:upper_v", handle_argument, &step);
  RETURN_HANDLE(bissl_upper_v(step.value, &output, &error));
}

FUNCTION(upper_commit) {
  HANDLE(step);
  ARRAY(v_ij);
  HANDLE(optimizer);
  REAL(learning_rate);
  REAL(clip_norm);
  PARSE("O&O&O&O&O&:upper_commit", handle_argument, &step, array_argument, &v_ij, handle_argument, &optimizer,
        real_argument, &learning_rate, real_argument, &clip_norm);
  RETURN_REPORT(bissl_upper_commit(step.value, v_ij.value, optimizer.value, learning_rate.value, clip_norm.value,
                                   report.values, &error));
}

// --- solvers of the implicit system ----------------------------------------------------------------------------------

FUNCTION(solver_create) {
  TEXT(kind);
  SETTINGS(settings);
  PARSE("O&O&:solver_create", text_argument, &kind, settings_argument, &settings);
  RETURN_HANDLE(bissl_solver_create(kind.value, settings.value, &output, &error));
}

FUNCTION(system_create) {
  HANDLE(linearization);
  HANDLE(backbone);
  REAL(lam);
  REAL(damping);
  TEXT(rule);
  TEXT(curvature);
  PARSE("O&O&O&O&O&O&:system_create", handle_argument, &linearization, handle_argument, &backbone, real_argument, &lam,
        real_argument, &damping, text_argument, &rule, text_argument, &curvature);
  RETURN_HANDLE(bissl_system_create(linearization.value, backbone.value, lam.value, damping.value, rule.value,
                                    curvature.value, &output, &error));
}

FUNCTION(joint_system_create) {
  HANDLE(linearization);
  HANDLE(backbone);
  HANDLE(head);
  REAL(lam);
  REAL(damping);
  REAL(head_damping);
  TEXT(curvature);
  PARSE("O&O&O&O&O&O&O&:joint_system_create", handle_argument, &linearization, handle_argument, &backbone,
        handle_argument, &head, real_argument, &lam, real_argument, &damping, real_argument, &head_damping,
        text_argument, &curvature);
  RETURN_HANDLE(bissl_joint_system_create(linearization.value, backbone.value, head.value, lam.value, damping.value,
                                          head_damping.value, curvature.value, &output, &error));
}

FUNCTION(system_product) {
  HANDLE(system);
  ARRAY(direction);
  PARSE("O&O&:system_product", handle_argument, &system, array_argument, &direction);
  RETURN_HANDLE(bissl_system_product(system.value, direction.value, &output, &error));
}

FUNCTION(solve) {
  HANDLE(system);
  ARRAY(v);
  ARRAY(start);
  HANDLE(solver);
  PARSE("O&O&O&O&:solve", handle_argument, &system, array_argument, &v, array_argument, &start, handle_argument,
        &solver);
  RETURN_HANDLE(bissl_solve(system.value, v.value, start.value, solver.value, &output, &error));
}

FUNCTION(report_describe) {
  HANDLE(report);
  PARSE("O&:report_describe", handle_argument, &report);
  RETURN_TEXT(bissl_report_describe(report.value, &output, &error));
}

FUNCTION(report_solution) {
  HANDLE(report);
  PARSE("O&:report_solution", handle_argument, &report);
  RETURN_HANDLE(bissl_report_solution(report.value, &output, &error));
}

// --- imaging ---------------------------------------------------------------------------------------------------------

FUNCTION(augmentation_create) {
  OPTIONS(recipe);
  PARSE("O&:augmentation_create", options_argument, &recipe);
  RETURN_HANDLE(bissl_augmentation_create(recipe.names, recipe.values, recipe.count, &output, &error));
}

FUNCTION(images_augment) {
  HANDLE(augmentation);
  ARRAY(images);
  INTEGERS(samples);
  SEED(seed);
  SEED(epoch);
  SEED(view);
  ARRAY(output);
  PARSE("O&O&O&O&O&O&O&:images_augment", handle_argument, &augmentation, array_argument, &images, integers_argument,
        &samples, seed_argument, &seed, seed_argument, &epoch, seed_argument, &view, output_argument, &output);
  RETURN_NONE(bissl_images_augment(augmentation.value, images.value, samples.values, samples.count, seed.value,
                                   epoch.value, view.value, output.value, &error));
}

FUNCTION(image_augment) {
  HANDLE(augmentation);
  ARRAY(pixels);
  INTEGER(sample);
  SEED(seed);
  SEED(epoch);
  SEED(view);
  ARRAY(out);
  PARSE("O&O&O&O&O&O&O&:image_augment", handle_argument, &augmentation, array_argument, &pixels, integer_argument,
        &sample, seed_argument, &seed, seed_argument, &epoch, seed_argument, &view, output_argument, &out);
  RETURN_NONE(bissl_image_augment(augmentation.value, pixels.value, sample.value, seed.value, epoch.value, view.value,
                                  out.value, &error));
}

FUNCTION(image_geometry) {
  HANDLE(augmentation);
  INTEGER(height);
  INTEGER(width);
  INTEGER(sample);
  SEED(seed);
  SEED(epoch);
  SEED(view);
  PARSE("O&O&O&O&O&O&O&:image_geometry", handle_argument, &augmentation, integer_argument, &height, integer_argument,
        &width, integer_argument, &sample, seed_argument, &seed, seed_argument, &epoch, seed_argument, &view);
  double at[7] = {0};
  CALL_ENGINE(bissl_image_geometry(augmentation.value, height.value, width.value, sample.value, seed.value, epoch.value,
                                   view.value, at, &error));
  return call_failed(status, &error)
             ? NULL
             : Py_BuildValue("ddddddd", at[0], at[1], at[2], at[3], at[4], at[5], at[6]);
}

#define METHOD(name, signature) {#name, name, METH_VARARGS, #name signature}

PyMethodDef engine_functions[] = {
    METHOD(engine_describe, "() -> str"),
    METHOD(engine_threads, "() -> int"),
    METHOD(engine_set_threads, "(count)"),
    METHOD(engine_record_regions, "(record)"),
    METHOD(engine_regions, "() -> str"),
    METHOD(engine_multiply_adds, "() -> float"),
    METHOD(engine_set_exact_convolution, "(exact)"),
    METHOD(engine_set_bf16x2_products, "(enabled)"),
    METHOD(engine_set_recompute_activations, "(recompute)"),
    METHOD(engine_memory, "() -> (live bytes, live blocks, peak bytes, cached bytes)"),
    METHOD(engine_reset_peak, "()"),
    METHOD(engine_record_holdings, "(record)"),
    METHOD(engine_holdings_at_peak, "() -> str"),
    METHOD(engine_trim, "()"),
    METHOD(engine_interrupt_after, "(count)"),
    METHOD(engine_refuse_memory_after, "(count)"),
    METHOD(engine_set_communicator, "(rank, size, sum)"),
    METHOD(vector_create, "(values) -> vector"),
    METHOD(module_create, "(kind, settings, seed) -> module"),
    METHOD(module_clone, "(module) -> module"),
    METHOD(module_describe, "(module) -> str"),
    METHOD(module_parameters, "(module) -> vector"),
    METHOD(module_buffers, "(module) -> vector"),
    METHOD(module_frozen, "(module) -> vector"),
    METHOD(module_set_frozen, "(module, values)"),
    METHOD(module_freeze, "(module, names) -> module"),
    METHOD(module_adapt, "(module, adapters, seed) -> module"),
    METHOD(module_merge, "(module) -> module"),
    METHOD(module_apply, "(module, input) -> vector"),
    METHOD(module_observe, "(module, input)"),
    METHOD(module_maps, "(module, images, names) -> variables"),
    METHOD(trace_create, "(module, shape) -> trace"),
    METHOD(trace_images, "(trace) -> variable"),
    METHOD(trace_parameter, "(trace, name) -> variable"),
    METHOD(trace_batch_norm, "(trace, name, x) -> variable"),
    METHOD(trace_map, "(trace, name, x, stride)"),
    METHOD(trace_end, "(trace, features)"),
    METHOD(objective_create, "(kind, settings, modules) -> objective"),
    METHOD(byol_step, "(objective, backbone, head, decay) -> objective"),
    METHOD(byol_target, "(objective, which) -> module"),
    METHOD(byol_updates, "(objective) -> vector"),
    METHOD(mae_predict, "(objective, backbone, head, batch) -> (prediction, mask)"),
    METHOD(objective_evaluate, "(objective, backbone, head, batch, wants_backbone, wants_head) -> evaluation"),
    METHOD(evaluation_loss, "(evaluation) -> float"),
    METHOD(evaluation_gradient, "(evaluation, which) -> vector"),
    METHOD(objective_linearize, "(objective, backbone, head, batch, jointly) -> linearization"),
    METHOD(linearization_loss, "(linearization) -> float"),
    METHOD(linearization_gradient, "(linearization, which) -> vector"),
    METHOD(linearization_product, "(linearization, direction, curvature) -> vector"),
    METHOD(recording_create, "(backbone, head, wants_backbone, wants_head, snapshot, training) -> recording"),
    METHOD(recording_features, "(recording, images, batches, maps, pooled) -> variables"),
    METHOD(recording_stage, "(recording, name, x, stride, dilation) -> variable"),
    METHOD(recording_outputs, "(recording, features) -> variable"),
    METHOD(recording_parameter, "(recording, name) -> variable"),
    METHOD(recording_embedding, "(recording, value)"),
    METHOD(recording_evaluate, "(recording, loss) -> evaluation"),
    METHOD(recording_linearize, "(recording, loss, jointly) -> linearization"),
    METHOD(variable_create, "(values) -> variable"),
    METHOD(variable_describe, "(variable) -> str"),
    METHOD(variable_value, "(variable) -> vector"),
    METHOD(catalogue_describe, "() -> str"),
    METHOD(operation_apply, "(operation, settings, inputs) -> variable"),
    METHOD(optimizer_create, "(kind, weight_decay, momentum, nesterov, trust_coefficient, exclude_vectors)"
                             " -> optimizer"),
    METHOD(adamw_create, "(weight_decay, beta1, beta2, epsilon, exclude_vectors) -> optimizer"),
    METHOD(optimizer_assign, "(optimizer, module, settings)"),
    METHOD(optimizer_state, "(optimizer, module, name) -> vector"),
    METHOD(step_propose, "(level, terms, evaluations) -> step"),
    METHOD(step_proximal, "(step, lam, anchor) -> regularizer"),
    METHOD(step_commit, "(step, optimizer, learning_rate, clip_norm) -> gradient norm"),
    METHOD(upper_propose, "(at_lower, at_upper) -> step"),
    METHOD(upper_v, "(step) -> vector"),
    METHOD(upper_commit, "(step, v_ij, optimizer, learning_rate, clip_norm)"
                         " -> (loss at θ_P, loss at θ_D, gradient norm)"),
    METHOD(solver_create, "(kind, settings) -> solver"),
    METHOD(system_create, "(linearization, backbone, lam, damping, rule, curvature) -> system"),
    METHOD(joint_system_create, "(linearization, backbone, head, lam, damping, head_damping, curvature) -> system"),
    METHOD(system_product, "(system, direction) -> vector"),
    METHOD(solve, "(system, v, start, solver) -> report"),
    METHOD(report_describe, "(report) -> str"),
    METHOD(report_solution, "(report) -> vector"),
    METHOD(augmentation_create, "(recipe) -> augmentation"),
    METHOD(images_augment, "(augmentation, images, samples, seed, epoch, view, output)"),
    METHOD(image_augment, "(augmentation, pixels, sample, seed, epoch, view, out)"),
    METHOD(image_geometry,
           "(augmentation, height, width, sample, seed, epoch, view) -> (top, left, height, width, output_height, "
           "output_width, mirrored)"),
    {NULL, NULL, 0, NULL},
};
