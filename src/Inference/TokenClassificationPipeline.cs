using StreamNer.Inference.Batching;
using StreamNer.Inference.Decoding;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Onnx;
using StreamNer.Inference.Windows;

namespace StreamNer.Inference;

/// <summary>Labels text with a model, in the caller's thread: the library without actors, streams or Kafka.</summary>
/// <remarks>One caller at a time. Owns a session of the runtime; dispose it.</remarks>
/// <example>
/// <code>
/// using var pipeline = TokenClassificationPipeline.Load("models/en-ner-small");
/// var text = "My name is Sarah and I live in London";
/// if (pipeline.Label(text) is DocumentOutcome.Labelled labelled)
///     foreach (var entity in labelled.Entities)
///         Console.WriteLine($"{entity.Label} {entity.Span.In(text)} {entity.Score:P0}");
/// </code>
/// </example>
public sealed class TokenClassificationPipeline : IDisposable
{
    private readonly ModelFolder _folder;
    private readonly ITokenClassifier _classifier;
    private readonly DocumentTokenizer _tokenizer;
    private readonly EntityDecoder _decoder;
    private readonly WindowQueue _queue;

    private TokenClassificationPipeline(ModelFolder folder, ITokenClassifier classifier, PaddedTokenBudget budget, WindowOptions windows)
    {
        _folder = folder;
        _classifier = classifier;
        _tokenizer = new DocumentTokenizer(folder.Tokenizer, folder.Description.MaxPieces, windows);
        _decoder = new EntityDecoder(LabelScheme.Of(folder.Description.Labels));
        _queue = new WindowQueue(budget, TimeProvider.System);
    }

    /// <summary>What a user wants to know of the model.</summary>
    public ModelDescription Model => _folder.Description;

    /// <summary>Loads a model folder onto the processor, or onto another device.</summary>
    /// <param name="folder">A folder in Hugging Face layout.</param>
    /// <param name="device">The device; by default the processor with a thread for each core.</param>
    /// <param name="windows">How long texts are cut; by default through overlapping windows, which loses nothing.</param>
    /// <param name="batching">How windows are put together.</param>
    /// <exception cref="ModelLoadException">The folder can't be used; it names every problem.</exception>
    public static TokenClassificationPipeline Load(string folder, DeviceOptions? device = null, WindowOptions? windows = null, BatchingOptions? batching = null) =>
        Load(ModelFolder.Open(folder), device, windows, batching);

    /// <summary>Loads a model folder that was opened before.</summary>
    /// <inheritdoc cref="Load(string, DeviceOptions?, WindowOptions?, BatchingOptions?)"/>
    public static TokenClassificationPipeline Load(ModelFolder folder, DeviceOptions? device = null, WindowOptions? windows = null, BatchingOptions? batching = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var lane = LanePlan.Of([(device ?? new DeviceOptions()) with { Lanes = 1 }], Environment.ProcessorCount)[0];
        var budget = (batching ?? new BatchingOptions()).Budget(gpu: lane.Kind == DeviceKind.Cuda);
        return new TokenClassificationPipeline(folder, new OnnxTokenClassifierFactory(folder).Create(lane), budget, windows ?? new WindowOptions());
    }

    /// <summary>Labels one text.</summary>
    public DocumentOutcome Label(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Label([new Document(new DocumentId("text"), text)])[0];
    }

    /// <summary>Labels documents together, which is faster than one by one.</summary>
    /// <param name="documents">Any number; all are held in memory at once.</param>
    /// <returns>One outcome for each document, in their order.</returns>
    public IReadOnlyList<DocumentOutcome> Label(IReadOnlyList<Document> documents)
    {
        ArgumentNullException.ThrowIfNull(documents);
        var outcomes = new DocumentOutcome[documents.Count];
        var tokenized = new TokenizedDocument?[documents.Count];
        for (var i = 0; i < documents.Count; i++)
        {
            var document = tokenized[i] = _tokenizer.Tokenize(documents[i], out var failure);
            if (document is null)
            {
                outcomes[i] = failure!;
                continue;
            }

            foreach (var window in document.Windows)
                _queue.Add(window);
        }

        var failures = new Dictionary<TokenizedDocument, DocumentOutcome.Failed>(ReferenceEqualityComparer.Instance);
        while (_queue.Take() is { } batch)
            Run(batch, failures);
        for (var i = 0; i < documents.Count; i++)
        {
            if (tokenized[i] is { } document)
                outcomes[i] = failures.TryGetValue(document, out var failed) ? failed : _decoder.Decode(document);
        }

        return outcomes;
    }

    /// <inheritdoc/>
    public void Dispose() => _classifier.Dispose();

    private void Run(TokenBatch batch, Dictionary<TokenizedDocument, DocumentOutcome.Failed> failures)
    {
        var result = BatchRun.Of(_classifier, batch, _folder.Tokenizer.Special);
        foreach (var (window, message, attempts) in result.Failed)
            failures[window.Owner] = new DocumentOutcome.Failed(FailureStage.Infer, FailureCode.InferenceFailed, message, attempts);
    }
}
