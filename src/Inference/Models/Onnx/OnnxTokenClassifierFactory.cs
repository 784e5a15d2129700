using Microsoft.ML.OnnxRuntime;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Tokenization;

namespace StreamNer.Inference.Models.Onnx;

/// <summary>What a classifier must know of a model folder. Immutable, any thread.</summary>
/// <param name="Folder">The folder, as messages name it.</param>
/// <param name="File">Full path of the ONNX file.</param>
/// <param name="Graph">What the graph takes and gives.</param>
/// <param name="Special">The pieces around and beside those of the text.</param>
/// <param name="Labels">Number of labels.</param>
/// <param name="FirstPosition">Position id of a window's first piece.</param>
/// <param name="HighestId">Highest id that the tokenizer gives.</param>
internal sealed record OnnxModel(
    string Folder, string File, GraphSignature Graph, SpecialPieces Special, int Labels, int FirstPosition, int HighestId);

/// <summary>Loads an ONNX model onto devices. Any thread.</summary>
internal sealed class OnnxTokenClassifierFactory(OnnxModel model) : ITokenClassifierFactory
{
    /// <summary>
    /// Whether the graph that is run ends with <see cref="AddedHead"/>; null, the default, is yes on a GPU, where it saves the copy of all
    /// logits, and no on the processor, where it gains nothing.
    /// </summary>
    public bool? AddsHead { get; init; }

    /// <inheritdoc/>
    public ITokenClassifier Create(LaneSpec lane, BatchShapes? shapes = null, CancellationToken stop = default)
    {
        OnnxEnvironment.Ensure();
        using var options = new SessionOptions
        {
            // Shapes change from batch to batch, so a remembered allocation pattern would only be rebuilt each time.
            EnableMemoryPattern = false,
            IntraOpNumThreads = lane.Threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };

        // Threads that spin while they wait take the cores away from tokenizers and the Kafka client.
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        using var engines = GpuProviders.AppendTo(options, lane, model, shapes, stop);

        // Loading computes too: what depends on no input is folded.
        using var ended = stop.Register(() => options.SetLoadCancellationFlag(true));
        try
        {
            stop.ThrowIfCancellationRequested();
            var withHead = AddsHead ?? lane.IsGpu ? AddedHead.AddTo(model.File, model.Graph, model.Labels) : null;
            return new OnnxTokenClassifier(NewSession(withHead, options), model, lane, hasHead: withHead is not null);
        }
        catch (OnnxRuntimeException e) when (stop.IsCancellationRequested)
        {
            throw new OperationCanceledException($"loading {model.Folder} was ended", e, stop);
        }
        catch (OnnxRuntimeException e) when (engines?.WayOut(e.Message) is { } wayOut)
        {
            throw new ModelLoadException(
                model.Folder, [$"the model can't be loaded onto {lane.Device}: {OnnxInspector.FirstLine(e.Message)}; {wayOut}"], e);
        }
        catch (OnnxRuntimeException e) when (OnnxErrors.IsTransient(e))
        {
            throw new InferenceException(
                $"the model can't be loaded onto {lane.Device} just now: {OnnxInspector.FirstLine(e.Message)}", isTransient: false, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelLoadException(model.Folder, [$"{model.File} can't be read: {e.Message}"], e);
        }
        catch (OnnxRuntimeException e)
        {
            throw new ModelLoadException(
                model.Folder, [$"the model can't be loaded onto {lane.Device}: {OnnxInspector.FirstLine(e.Message)}"], e);
        }
    }

    private InferenceSession NewSession(byte[]? withHead, SessionOptions options)
    {
        if (withHead is null)
            return new InferenceSession(model.File, options);
        options.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", Path.GetDirectoryName(model.File));
        return new InferenceSession(withHead, options);
    }
}
