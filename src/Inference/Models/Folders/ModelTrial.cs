using StreamNer.Inference.Batching;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Windows;

namespace StreamNer.Inference.Models.Folders;

/// <summary>Runs a model on what its files promise: what a graph declares can be read, what its tables hold shows only in a run.</summary>
public static class ModelTrial
{
    /// <summary>
    /// Loads the model onto the processor and runs it on its highest piece id and on its longest input. Blocks, any thread.
    /// </summary>
    /// <param name="folder">A folder that was opened, so that its files are whole and fit together as far as they say.</param>
    /// <param name="stop">Ends the trial, in the middle of a run too.</param>
    /// <returns>What is wrong, each naming the value and the way out; empty when the model does as its files promise.</returns>
    /// <exception cref="OperationCanceledException">The trial was ended.</exception>
    public static IReadOnlyList<string> Problems(ModelFolder folder, CancellationToken stop = default)
    {
        using var memory = new MemoryWatch(MemoryWatch.DefaultMostBytes);
        return Problems(folder, memory, stop);
    }

    /// <inheritdoc cref="Problems(ModelFolder, CancellationToken)"/>
    /// <param name="folder">A folder that was opened.</param>
    /// <param name="memory">Watches what it takes.</param>
    /// <param name="stop">Ends the trial, in the middle of a run too.</param>
    internal static IReadOnlyList<string> Problems(ModelFolder folder, MemoryWatch memory, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(folder);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, memory.Exceeded);
        try
        {
            var problems = RunAll(folder, memory, either.Token);
            if (!memory.Exceeded.IsCancellationRequested)
                return problems;
        }
        catch (OperationCanceledException) when (memory.Exceeded.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            // Told below.
        }

        stop.ThrowIfCancellationRequested();
        return
        [
            $"the model takes {memory.TakenBytes / 1_000_000} MB or more to be loaded and tried out, the limit is "
                + $"{memory.MostBytes / 1_000_000} MB: look at the longest input in config.json, or give it more",
        ];
    }

    private static IReadOnlyList<string> RunAll(ModelFolder folder, MemoryWatch memory, CancellationToken stop)
    {
        try
        {
            using var classifier = folder.Classifiers.Create(
                LanePlan.Create([new DeviceOptions { Lanes = 1 }], Environment.ProcessorCount)[0], stop: stop);
            using var ended = stop.Register(classifier.Stop);
            var problem = Problem(folder, classifier, memory, stop);
            stop.ThrowIfCancellationRequested();
            return problem is null ? [] : [problem];
        }
        catch (ModelLoadException unusable)
        {
            return unusable.Problems;
        }
        catch (InferenceException unusable)
        {
            return [unusable.Message];
        }
    }

    /// <summary>The first thing that is wrong: what fails on a short input fails on a long one too.</summary>
    private static string? Problem(ModelFolder folder, ITokenClassifier classifier, MemoryWatch memory, CancellationToken stop)
    {
        var (tokenizer, most) = (folder.Tokenizer, folder.Description.MaxPieces);
        var room = most - tokenizer.Special.Count;
        if (room < 1)
        {
            return $"the longest input of {most} pieces leaves no room beside {tokenizer.Special.Count} special ones; look at "
                + "max_position_embeddings in config.json and model_max_length in tokenizer_config.json";
        }

        if (Run(folder, classifier, piece: 0, count: 1) is { } broken)
            return $"the model can't be run: {broken}";

        // What it took it keeps for the next run: a longer one would take more.
        memory.Look();
        stop.ThrowIfCancellationRequested();

        var highest = tokenizer.VocabularySize - 1;
        if (Run(folder, classifier, highest, count: 1) is { } narrow)
        {
            return $"the tokenizer gives ids up to {highest}, the model fails on that one, so its embedding table has fewer rows; "
                + $"tokenizer and model must come from the same export: {narrow}";
        }

        var shortTable = Run(folder, classifier, piece: 0, room);
        memory.Look();
        return shortTable is null
            ? null
            : $"config.json and tokenizer allow {most} pieces, the model fails on so many, so its position table has fewer rows; "
                + $"set {WindowOptions.Section}:MaxPieces lower or export it again: {shortTable}";
    }

    /// <summary>Runs a window of equal pieces; null when every number that comes out is one.</summary>
    private static string? Run(ModelFolder folder, ITokenClassifier classifier, int piece, int count)
    {
        var pieces = new int[count];
        Array.Fill(pieces, piece);
        var words = new WordColumns([0], [count], [0]);
        var document = new TokenizedDocument(
            new Document(new DocumentId("trial"), ""), pieces, words, [new WindowRange(0, count, 0, 1)], folder.Tokenizer.Special.Count,
            truncated: false);
        try
        {
            var logits = classifier.Run(new TokenBatch([document.Windows[0]]));
            for (var position = 0; position < document.Windows[0].Length; position++)
            {
                foreach (var logit in logits.Row(0, position))
                {
                    if (!float.IsFinite(logit))
                    {
                        return $"a logit is {logit} for piece {piece} in an input of {document.Windows[0].Length}; the export or its "
                            + "quantization is broken";
                    }
                }
            }

            return null;
        }
        catch (InferenceException failed)
        {
            return failed.Message;
        }
    }
}
