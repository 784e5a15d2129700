using StreamNer.Inference.Batching;
using StreamNer.Inference.Decoding;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Folders;
using StreamNer.Inference.Windows;
using StreamNer.Inference.Words;

namespace StreamNer.Inference;

/// <summary>Labels text with a model: the library without actors, streams or Kafka.</summary>
/// <remarks>One caller at a time, blocking. Owns the lanes' sessions of the runtime; dispose it.</remarks>
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
    private readonly ITokenClassifier[] _lanes;
    private readonly DocumentTokenizer _tokenizer;
    private readonly EntityDecoder _decoder;
    private readonly PaddedTokenBudget _budget;

    private TokenClassificationPipeline(
        ModelFolder folder, ITokenClassifier[] lanes, DocumentTokenizer tokenizer, PaddedTokenBudget budget)
    {
        _folder = folder;
        _lanes = lanes;
        _tokenizer = tokenizer;
        _decoder = new EntityDecoder(folder.Labels);
        _budget = budget;
    }

    /// <summary>What a user wants to know of the model.</summary>
    public ModelDescription Model => _folder.Description;

    /// <summary>Loads a model folder onto the processor, or onto another device.</summary>
    /// <param name="folder">A folder in Hugging Face layout.</param>
    /// <param name="device">The device; by default the processor, a lane for each core, four at most.</param>
    /// <param name="windows">How long texts are cut; by default through overlapping windows, which loses nothing.</param>
    /// <param name="batching">How windows are put together.</param>
    /// <param name="words">
    /// What a word is, and how labels become entities; by default the tokenizer's words and the model's label scheme.
    /// </param>
    /// <param name="stop">Ends loading, in the middle of a run too.</param>
    /// <exception cref="OperationCanceledException">Loading was ended.</exception>
    /// <exception cref="ModelLoadException">The folder can't be used, or does not fit the options; it names every problem.</exception>
    public static TokenClassificationPipeline Load(
        string folder, DeviceOptions? device = null, WindowOptions? windows = null, BatchingOptions? batching = null,
        WordOptions? words = null, CancellationToken stop = default) =>
        Load(ModelFolder.Open(folder), device, windows, batching, words, stop);

    /// <summary>Loads a model folder that was opened before.</summary>
    /// <inheritdoc cref="Load(string, DeviceOptions?, WindowOptions?, BatchingOptions?, WordOptions?, CancellationToken)"/>
    public static TokenClassificationPipeline Load(
        ModelFolder folder, DeviceOptions? device = null, WindowOptions? windows = null, BatchingOptions? batching = null,
        WordOptions? words = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(folder);
        if (words is not null && folder.Labels.Problems(words).ToArray() is { Length: > 0 } problems)
            throw new ModelLoadException(folder.Description.Folder, problems);
        windows ??= new WindowOptions();
        var longest = DocumentTokenizer.LongestWindowOf(folder.Tokenizer, folder.Description.MaxPieces, windows);
        if (DocumentTokenizer.RoomProblem(longest, folder.Tokenizer.Special.Count) is { } noRoom)
            throw new ModelLoadException(folder.Description.Folder, [noRoom]);

        var plan = LanePlan.Create([device ?? new DeviceOptions()], Environment.ProcessorCount);
        List<ITokenClassifier> lanes = [];
        try
        {
            var tokenizer = new DocumentTokenizer(
                folder.Tokenizer, folder.Description.MaxPieces, windows, words, folder.HasLearnedTransitions,
                folder.Description.Labels.Length);
            var budget = (batching ?? new BatchingOptions()).Budget(plan[0].IsGpu, tokenizer.LongestWindow);
            var shapes = new BatchShapes(budget, tokenizer.LongestWindow);
            foreach (var lane in plan)
                lanes.Add(folder.Classifiers.Create(lane, shapes, stop));
            using (stop.Register(lanes[0].Stop))
                Probe(folder, lanes[0]);
            stop.ThrowIfCancellationRequested();
            return new TokenClassificationPipeline(folder, [.. lanes], tokenizer, budget);
        }
        catch (Exception cause)
        {
            lanes.ForEach(lane => lane.Dispose());
            if (stop.IsCancellationRequested && cause is not OperationCanceledException)
                throw new OperationCanceledException($"loading {folder.Description.Folder} was ended", cause, stop);
            throw;
        }
    }

    /// <summary>Labels one text.</summary>
    public DocumentOutcome Label(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Label([new Document(new DocumentId("text"), text)])[0];
    }

    /// <summary>
    /// Labels words that somebody has cut before: one token for each, whatever the tokenizer would have made of their text.
    /// </summary>
    /// <param name="words">The words in order, such as those of an annotated corpus.</param>
    /// <returns>
    /// Spans point into the words put together with one blank between two of them, as <see cref="Document.OfWords"/> does.
    /// </returns>
    /// <remarks>
    /// A word of which the tokenizer keeps nothing (empty, a lone control character) is never seen by the model and gets <c>O</c> with a
    /// score of 0.
    /// </remarks>
    public DocumentOutcome Label(IReadOnlyList<string> words) => Label([Document.OfWords(new DocumentId("words"), words)])[0];

    /// <summary>Labels documents together, which is faster than one by one.</summary>
    /// <param name="documents">Any number; all are held in memory at once.</param>
    /// <returns>One outcome for each document, in their order.</returns>
    public IReadOnlyList<DocumentOutcome> Label(IReadOnlyList<Document> documents)
    {
        ArgumentNullException.ThrowIfNull(documents);
        var outcomes = new DocumentOutcome[documents.Count];
        // One for each call: what a call that failed has left is not computed by the next.
        var queue = new WindowQueue(_budget, TimeProvider.System);
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
                queue.Add(window);
        }

        var failures = RunAll(queue);
        for (var i = 0; i < documents.Count; i++)
        {
            if (tokenized[i] is { } document)
                outcomes[i] = failures.TryGetValue(document, out var failed) ? failed : _decoder.Decode(document);
        }

        return outcomes;
    }

    /// <summary>Ends what is being computed, and everything later: <c>Label</c> then throws. Any thread, before disposal.</summary>
    public void Stop()
    {
        foreach (var lane in _lanes)
            lane.Stop();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var lane in _lanes)
            lane.Dispose();
    }

    /// <summary>Lets every lane take batches from the queue until it is empty.</summary>
    private Dictionary<TokenizedDocument, DocumentOutcome.Failed> RunAll(WindowQueue queue)
    {
        var failures = new Dictionary<TokenizedDocument, DocumentOutcome.Failed>(ReferenceEqualityComparer.Instance);
        if (queue.Count <= 1 || _lanes.Length == 1)
        {
            RunLane(_lanes[0], queue, failures);
        }
        else
        {
            var all = new ParallelOptions { MaxDegreeOfParallelism = _lanes.Length };
            Parallel.ForEach(_lanes, all, lane => RunLane(lane, queue, failures));
        }

        return failures;
    }

    /// <summary>Runs a few pieces, so that a model whose files don't belong together is refused here and not by its first text.</summary>
    private static void Probe(ModelFolder folder, ITokenClassifier lane)
    {
        try
        {
            var pieces = folder.Tokenizer.Special.Count + 1;
            lane.WarmUp(new BatchShapes(new PaddedTokenBudget(pieces, 1), pieces));
        }
        catch (InferenceException e)
        {
            throw new ModelLoadException(folder.Description.Folder, [$"the model can't be run: {e.Message}"], e);
        }
    }

    private void RunLane(ITokenClassifier lane, WindowQueue queue, Dictionary<TokenizedDocument, DocumentOutcome.Failed> failures)
    {
        while (Take(queue) is { } batch)
        {
            foreach (var (window, message, attempts) in BatchRunner.RunToEnd(lane, batch, _folder.Tokenizer.Special).Failed)
            {
                lock (failures)
                    failures[window.Owner] = new DocumentOutcome.Failed(FailureStage.Infer, FailureCode.InferenceFailed, message, attempts);
            }
        }
    }

    private static TokenBatch? Take(WindowQueue queue)
    {
        lock (queue)
            return queue.DequeueBatch();
    }
}
