// The C boundary of the engine. Every function but the last group answers a bissl_status and, when that is not BISSL_OK,
// fills `error`; outputs are then untouched. Calls may come from any thread; they take turns inside unless they say so.
#ifndef BISSL_H
#define BISSL_H

#include "bissl_types.h"

#ifdef __cplusplus
extern "C" {
#endif

// --- engine -----------------------------------------------------------------------------------------------------------

// A JSON object: precision, simd, matrix_tiles, threads, processors, exact_convolution, bf16x2_products,
// recompute_activations, blas_core, blas_configuration, blas_error (of the self-check).
int32_t bissl_engine_describe(bissl_handle *text, bissl_error *error);
int32_t bissl_engine_threads(int64_t *count, bissl_error *error);
int32_t bissl_engine_set_threads(int64_t count, bissl_error *error);
// Non-zero: from now on the parallel regions are noted, which must not be so already; zero: no longer.
int32_t bissl_engine_record_regions(int32_t record, bissl_error *error);
// A JSON array of them in their order: seconds of all chunks together, of the longest chunk; chunks.
int32_t bissl_engine_regions(bissl_handle *text, bissl_error *error);
// Multiply-adds a second of all threads together, with operands and sums in registers: what no product exceeds.
int32_t bissl_engine_multiply_adds(double *rate, bissl_error *error);
// Non-zero: convolutions are sums of products only, no Winograd transforms.
int32_t bissl_engine_set_exact_convolution(int32_t exact, bissl_error *error);
// Non-zero: matrix products take their operands as sums of two bfloat16 terms, where the processor has matrix tiles.
int32_t bissl_engine_set_bf16x2_products(int32_t enabled, bissl_error *error);
// Non-zero: outputs that cost one pass over memory are rematerialised where they are needed, not kept.
int32_t bissl_engine_set_recompute_activations(int32_t recompute, bissl_error *error);
// live bytes, live blocks, peak bytes, cached bytes
int32_t bissl_engine_memory(int64_t statistics[4], bissl_error *error);
int32_t bissl_engine_reset_peak(bissl_error *error);
// Non-zero: from now on it is noted what memory is taken for, which must not be so already; zero: no longer.
int32_t bissl_engine_record_holdings(int32_t record, bissl_error *error);
// A JSON array of what that was when the most was in use, most first: [for what, bytes].
int32_t bissl_engine_holdings_at_peak(bissl_handle *text, bissl_error *error);
// Gives memory kept for reuse back to the system.
int32_t bissl_engine_trim(bissl_error *error);
// For tests. From now on the work in flight is interrupted at the `count`-th time it asks whether to stop, once; 0: never.
// left: what was left of the count before, 0 where it has run out.
int32_t bissl_engine_interrupt_after(int64_t count, int64_t *left, bissl_error *error);
// For tests. Likewise for memory of tensors and scratch memory: the `count`-th block asked for is refused.
int32_t bissl_engine_refuse_memory_after(int64_t count, int64_t *left, bissl_error *error);

// --- data of handles --------------------------------------------------------------------------------------------------

// The memory of a vector (elements of the engine's precision), alive as long as the handle.
int32_t bissl_vector_data(bissl_handle vector, void **data, int64_t *count, bissl_error *error);
int32_t bissl_vector_create(bissl_array values, bissl_handle *vector, bissl_error *error);
// The UTF-8 bytes of a text, alive as long as the handle.
int32_t bissl_text_data(bissl_handle text, const char **data, int64_t *count, bissl_error *error);

// --- modules: backbones and heads -------------------------------------------------------------------------------------

// A module by the name of its kind and its settings (`ModuleKind` in BisslModels states them): the backbones "resnet",
// "convnext", "vision_transformer" and "traced" (whose settings are its parts); the heads "linear", "projector",
// "projector_and_predictor", "masked_decoder" and "parameters" (named shapes, zeros at first, which is no layer).
int32_t bissl_module_create(const char *kind, bissl_settings settings, uint64_t seed, bissl_handle *module,
                            bissl_error *error);
int32_t bissl_module_clone(bissl_handle module, bissl_handle *copy, bissl_error *error);
// A JSON object: inputs, outputs (feature counts), parameters (those that are trained), frozen and buffers (lists of
// {name, shape} in vector order), names (of all, in PyTorch's order), adapters ({layer, rank, alpha} each), adaptable (the
// names of layers that an adapter can be added to), maps (of a backbone, {name, channels, stride} each).
int32_t bissl_module_describe(bissl_handle module, bissl_handle *text, bissl_error *error);
// The module's own flat vectors (not copies).
int32_t bissl_module_parameters(bissl_handle module, bissl_handle *vector, bissl_error *error);
int32_t bissl_module_buffers(bissl_handle module, bissl_handle *vector, bissl_error *error);
// A copy of the frozen parameters, flat; and others in their place.
int32_t bissl_module_frozen(bissl_handle module, bissl_handle *vector, bissl_error *error);
int32_t bissl_module_set_frozen(bissl_handle module, bissl_array values, bissl_error *error);
// A copy of a backbone in which exactly the parameters named are frozen: constants of every tape, and no part of the flat
// vector.
int32_t bissl_module_freeze(bissl_handle module, bissl_settings names, bissl_handle *copy, bissl_error *error);
// A copy with a low-rank adapter (rank, alpha) for each layer named; only adapters are trained.
int32_t bissl_module_adapt(bissl_handle module, bissl_settings adapters, uint64_t seed, bissl_handle *copy,
                           bissl_error *error);
// A copy with plain weights in which adapters are added up; all parameters are trained.
int32_t bissl_module_merge(bissl_handle module, bissl_handle *copy, bissl_error *error);
// Evaluation mode: (N, H, W, C) or (N, F) to a flat (N, outputs) vector.
int32_t bissl_module_apply(bissl_handle module, bissl_array input, bissl_handle *output, bissl_error *error);
// Moves the running statistics of batch norm by one training-mode pass over `images` (no parameter changes).
int32_t bissl_module_observe(bissl_handle module, bissl_array input, bissl_error *error);
// Evaluation mode: the maps of a backbone named by `names` (whose lists are empty), a variable each.
int32_t bissl_module_maps(bissl_handle module, bissl_array images, bissl_settings names, bissl_handle *maps,
                          bissl_error *error);

// --- backbones that are stated operation by operation -------------------------------------------------------------------

// What a module of kind "traced" does to images of one shape (batch, height, width, 3): operations on `images`, its
// parameters and batch norms, ended by its features. From then on the module does the same to all images of that shape.
int32_t bissl_trace_create(bissl_handle module, const int64_t *shape, int64_t rank, bissl_handle *trace,
                           bissl_error *error);
int32_t bissl_trace_images(bissl_handle trace, bissl_handle *variable, bissl_error *error);
int32_t bissl_trace_parameter(bissl_handle trace, const char *name, bissl_handle *variable, bissl_error *error);
int32_t bissl_trace_batch_norm(bissl_handle trace, const char *name, bissl_handle x, bissl_handle *variable,
                               bissl_error *error);
// Names a value as the backbone's map of that name, with `stride` pixels of the image between its positions.
int32_t bissl_trace_map(bissl_handle trace, const char *name, bissl_handle x, int64_t stride, bissl_error *error);
int32_t bissl_trace_end(bissl_handle trace, bissl_handle features, bissl_error *error);

// --- objectives: pretext and downstream losses ------------------------------------------------------------------------

// An objective by name and settings (ObjectiveKind.swift lists both): simclr, byol, mae, classifier, multilabel. `modules`:
// backbone and head (a projector and predictor) for byol, whose target network begins as a copy of them; none otherwise.
// Batches: two views for simclr and byol; images and noise (N, patches) for mae; images and int64 labels for classifier;
// images and floating-point targets (N, classes) of 1, 0 and -1 (left out) for multilabel.
int32_t bissl_objective_create(const char *kind, bissl_settings settings, const bissl_handle *modules,
                               int64_t module_count, bissl_handle *objective, bissl_error *error);
// BYOL's objective to evaluate in a training step: its target is decay·target + (1 − decay)·online. The step that commits
// the evaluation makes this the target of `objective`.
int32_t bissl_byol_step(bissl_handle objective, bissl_handle backbone, bissl_handle head, double decay,
                        bissl_handle *step, bissl_error *error);
// The target's own backbone (which = 0) or projector (which = 1), a module.
int32_t bissl_byol_target(bissl_handle objective, int32_t which, bissl_handle *module, bissl_error *error);
// How many training steps the target has followed: a vector of one number, shared so that it can be restored.
int32_t bissl_byol_updates(bissl_handle objective, bissl_handle *vector, bissl_error *error);
// prediction: the pixels of every patch, N·patches·(size·size·3) numbers; mask: N·patches, 1 where a patch was removed.
int32_t bissl_mae_predict(bissl_handle objective, bissl_handle backbone, bissl_handle head, const bissl_array *batch,
                          int64_t batch_count, bissl_handle *prediction, bissl_handle *mask, bissl_error *error);
// Loss and gradients at (backbone, head), training mode. Changes nothing: batch statistics are kept in the evaluation
// until a step commits them. Gradients that are not wanted are not computed.
int32_t bissl_objective_evaluate(bissl_handle objective, bissl_handle backbone, bissl_handle head,
                                 const bissl_array *batch, int64_t batch_count, int32_t wants_backbone,
                                 int32_t wants_head, bissl_handle *evaluation, bissl_error *error);
int32_t bissl_evaluation_loss(bissl_handle evaluation, double *loss, bissl_error *error);
// Gradient of the backbone (which = 0) or the head (which = 1), a vector.
int32_t bissl_evaluation_gradient(bissl_handle evaluation, int32_t which, bissl_handle *vector, bissl_error *error);
// A snapshot: later changes of parameters do not touch it. Serves Hessian products of the backbone, head fixed; or, jointly,
// of both, whose directions are those of the backbone with those of the head behind them.
int32_t bissl_objective_linearize(bissl_handle objective, bissl_handle backbone, bissl_handle head,
                                  const bissl_array *batch, int64_t batch_count, int32_t jointly,
                                  bissl_handle *linearization, bissl_error *error);
int32_t bissl_linearization_loss(bissl_handle linearization, double *loss, bissl_error *error);
int32_t bissl_linearization_gradient(bissl_handle linearization, int32_t which, bissl_handle *vector,
                                     bissl_error *error);
// Product of the backbone's Hessian with a direction: "exact", or "gauss-newton" (Jᵀ H_L J with J the Jacobian of the
// embeddings, H_L the loss's own Hessian there).
int32_t bissl_linearization_product(bissl_handle linearization, bissl_array direction, const char *curvature,
                                    bissl_handle *vector, bissl_error *error);

// --- losses that are recorded operation by operation -------------------------------------------------------------------

// Puts both modules on a tape, in training mode or, for predictions, in inference mode. The parameters of a module whose
// gradient is not wanted are constants; a snapshot works on copies of the parameters. A recording ends in an evaluation or
// a linearization, once.
int32_t bissl_recording_create(bissl_handle backbone, bissl_handle head, int32_t wants_backbone, int32_t wants_head,
                               int32_t snapshot, int32_t training, bissl_handle *recording, bissl_error *error);
// The images may be several batches of one size, one behind the other: batch norm takes the statistics of each.
// `variables`: the maps named by `maps` (whose lists are empty), then, where `pooled`, the features.
int32_t bissl_recording_features(bissl_handle recording, bissl_array images, int64_t batches, bissl_settings maps,
                                 int32_t pooled, bissl_handle *variables, bissl_error *error);
// What a stage of the backbone, named by its map, makes of another value; read with its own stride (0) or another, and
// with windows spread by `dilation`.
int32_t bissl_recording_stage(bissl_handle recording, const char *name, bissl_handle x, int64_t stride,
                              int64_t dilation, bissl_handle *variable, bissl_error *error);
int32_t bissl_recording_outputs(bissl_handle recording, bissl_handle features, bissl_handle *variable,
                                bissl_error *error);
// A parameter tensor of the head.
int32_t bissl_recording_parameter(bissl_handle recording, const char *name, bissl_handle *variable,
                                  bissl_error *error);
// Marks a value as one that the loss is a function of, for Gauss-Newton products. Features and outputs are marked.
int32_t bissl_recording_embedding(bissl_handle recording, bissl_handle value, bissl_error *error);
int32_t bissl_recording_evaluate(bissl_handle recording, bissl_handle loss, bissl_handle *evaluation,
                                 bissl_error *error);
int32_t bissl_recording_linearize(bissl_handle recording, bissl_handle loss, int32_t jointly,
                                  bissl_handle *linearization, bissl_error *error);
// A constant, copied.
int32_t bissl_variable_create(bissl_array values, bissl_handle *variable, bissl_error *error);
// A JSON object: shape, constant (whether no derivative passes through it).
int32_t bissl_variable_describe(bissl_handle variable, bissl_handle *text, bissl_error *error);
// A copy of the values, flat.
int32_t bissl_variable_value(bissl_handle variable, bissl_handle *vector, bissl_error *error);
// A JSON array of the operations there are: {name, function, documentation, inputs: [{name, count: one, optional or
// several}], settings: [{name, kind, default or null, required}]}; `function` is the name in `bissl.ops`.
int32_t bissl_catalogue_describe(bissl_handle *text, bissl_error *error);
// Runs an operation of the catalogue; it is recorded where an input is not constant.
int32_t bissl_operation_apply(const char *name, bissl_settings settings, const bissl_handle *inputs,
                              int64_t input_count, bissl_handle *variable, bissl_error *error);

// --- optimisers -------------------------------------------------------------------------------------------------------

// kind "sgd" or "lars"; exclude_vectors: biases and norm parameters get neither weight decay nor LARS scaling.
int32_t bissl_optimizer_create(const char *kind, double weight_decay, double momentum, int32_t nesterov,
                               double trust_coefficient, int32_t exclude_vectors, bissl_handle *optimizer,
                               bissl_error *error);
int32_t bissl_adamw_create(double weight_decay, double beta1, double beta2, double epsilon, int32_t exclude_vectors,
                           bissl_handle *optimizer, bissl_error *error);
// How the parameter tensors of one module are treated from now on: (segments, 3), a row per tensor with the factor of
// its learning rate, its weight decay, and 1 or 0 for whether LARS scales it.
int32_t bissl_optimizer_assign(bissl_handle optimizer, bissl_handle module, bissl_array settings, bissl_error *error);
// What is kept for one module's parameters between steps (zeros before the first), shared, so that it can be saved and
// restored: "momentum" of sgd and lars; "exp_avg", "exp_avg_sq" and "step" (one number) of AdamW.
int32_t bissl_optimizer_state(bissl_handle optimizer, bissl_handle module, const char *name, bissl_handle *vector,
                              bissl_error *error);

// --- training steps ---------------------------------------------------------------------------------------------------

// A step of training on the modules that evaluations were made of: of one loss, or of several, each with a head of its own.
// `terms` names each loss and gives its weight. level: "training step" or "lower level", for messages. Gradients are added
// up and summed over processes; nothing has changed yet.
int32_t bissl_step_propose(const char *level, bissl_settings terms, const bissl_handle *evaluations,
                           int64_t evaluation_count, bissl_handle *step, bissl_error *error);
// Adds λ(θ − anchor) to the backbone's gradient (Algorithm 1, lines 4-7); regularizer: λ/2 ‖θ − anchor‖².
int32_t bissl_step_proximal(bissl_handle step, double lam, bissl_handle anchor, double *regularizer,
                            bissl_error *error);
// Takes the step, once: clips the joint gradient to `clip_norm` (≤ 0: no clipping), updates the parameters that there are
// gradients of, commits batch statistics. `norm`: before clipping.
int32_t bissl_step_commit(bissl_handle step, bissl_handle optimizer, double learning_rate, double clip_norm, double *norm,
                          bissl_error *error);
// Upper level (lines 8-13): `at_lower` is the downstream evaluation at (θ_P, φ_D), whose statistics are not committed;
// `at_upper` at (θ_D, φ_D). Checked to be finite; changes nothing.
int32_t bissl_upper_propose(bissl_handle at_lower, bissl_handle at_upper, bissl_handle *step, bissl_error *error);
// v = ∇θ L^D(θ_P, φ_D), a vector (not a copy).
int32_t bissl_upper_v(bissl_handle step, bissl_handle *vector, bissl_error *error);
// Takes the step, once, with v_IJ ≈ A⁻¹v as given: clips, updates, commits statistics to the upper backbone.
// report: loss at θ_P, loss at θ_D, gradient norm before clipping.
int32_t bissl_upper_commit(bissl_handle step, bissl_array v_ij, bissl_handle optimizer, double learning_rate,
                           double clip_norm, double report[3], bissl_error *error);

// --- solvers of the implicit system -----------------------------------------------------------------------------------

// kind "cg" (conjugate gradients; settings layerwise, guard "relative" or "authors"), "minres" (tolerance: relative
// residual at which it stops), "krylov" (tolerance; adapts: whether it weakens A to reach it), "neumann" (scale: 1/ω; none:
// chosen as it goes), "identity" (v_IJ = v) or "none" (v_IJ = 0). All take iterations, nonfinite (what becomes of segments
// that are not finite: "raise", "zero" or "identity") and true_residual (0 or 1).
int32_t bissl_solver_create(const char *kind, bissl_settings settings, bissl_handle *solver, bissl_error *error);
// A = I + H/(λ + damping) (rule "paper") or I + (H + damping·I)/λ ("tikhonov"); curvature as in
// bissl_linearization_product. `backbone` names the segments.
int32_t bissl_system_create(bissl_handle linearization, bissl_handle backbone, double lam, double damping,
                            const char *rule, const char *curvature, bissl_handle *system, bissl_error *error);
// The joint system of backbone and head, of a joint linearization: its H + diag(λ + damping, head_damping), divided by
// λ + damping. Solutions of A x = (v, 0) have v_IJ as their first part.
int32_t bissl_joint_system_create(bissl_handle linearization, bissl_handle backbone, bissl_handle head, double lam,
                                  double damping, double head_damping, const char *curvature, bissl_handle *system,
                                  bissl_error *error);
// A d
int32_t bissl_system_product(bissl_handle system, bissl_array direction, bissl_handle *vector, bissl_error *error);
// Approximates A⁻¹v from x₀ = `start` (empty: 0).
int32_t bissl_solve(bissl_handle system, bissl_array v, bissl_array start, bissl_handle solver, bissl_handle *report,
                    bissl_error *error);
// A JSON object: iterations, residuals (‖r‖ per iteration, from that of x₀), curvature (dᵀAd per iteration), finite,
// repaired (segments and iterations replaced by the policy), negative_segments (share per iteration), products (taken),
// diverged, true_residual (‖v − Ax‖, null unless asked for or known without a product), smallest_ritz (of A on the Krylov
// space, or null), shrinkage (c, where the A that was solved with is I + c(A − I) of the one given).
int32_t bissl_report_describe(bissl_handle report, bissl_handle *text, bissl_error *error);
int32_t bissl_report_solution(bissl_handle report, bissl_handle *vector, bissl_error *error);

// --- imaging ----------------------------------------------------------------------------------------------------------

// How images are augmented. `names` and `values` are the recipe (BisslImaging's AugmentationRecipe); an option that is not
// named keeps its default. An augmentation never changes: any number of calls may use it at once.
int32_t bissl_augmentation_create(const char *const *names, const double *values, int64_t option_count,
                                  bissl_handle *augmentation, bissl_error *error);
// Augments uint8 (N, H, W, C) images, C = 1 or 3, into `output`, float (N, height, width, C) of the engine's precision, which
// must be writable. Draws are keyed by (seed, epoch, samples[i], view).
int32_t bissl_images_augment(bissl_handle augmentation, bissl_array images, const int64_t *samples, int64_t sample_count,
                             uint64_t seed, uint64_t epoch, uint64_t view, bissl_array output, bissl_error *error);
// The same for one image, (H, W, C) into (height, width, C), on the calling thread alone. This and bissl_augmentation_create
// take no turns with other calls: several threads may augment while the engine trains, also after a fork.
int32_t bissl_image_augment(bissl_handle augmentation, bissl_array pixels, int64_t sample, uint64_t seed, uint64_t epoch,
                            uint64_t view, bissl_array out, bissl_error *error);
// Where the view of an image of height×width pixels that bissl_image_augment makes under the same keys shows its pixels.
// `geometry`: top, left, height, width of the rectangle of the image that the view shows (in its pixels, fractions
// included), height and width of the view, and 1 where the view is mirrored, else 0.
int32_t bissl_image_geometry(bissl_handle augmentation, int64_t height, int64_t width, int64_t sample, uint64_t seed,
                             uint64_t epoch, uint64_t view, double geometry[7], bissl_error *error);

// --- processes that train together ------------------------------------------------------------------------------------

// From now on this process is one of `size`, each with a share of every batch, which sum through `sum`; size 1: alone.
int32_t bissl_engine_set_communicator(int64_t rank, int64_t size, bissl_sum sum, bissl_error *error);

// --- without errors ---------------------------------------------------------------------------------------------------

void bissl_handle_release(bissl_handle handle);
// Called between pieces of work, at most every 50 ms, from the thread that entered the engine; non-zero stops the work.
void bissl_engine_set_poll(int32_t (*poll)(void));

#ifdef __cplusplus
}
#endif
#endif
