using StreamNer.Inference;
using StreamNer.Inference.Decoding;
using StreamNer.Inference.Domain;

namespace StreamNer.Tools.Labelling;

/// <summary>Takes documents through models and rules and writes them in their order, a batch at a time.</summary>
/// <remarks>A document that can't be read or labelled is named on standard error and counted; it never just goes missing.</remarks>
internal sealed class LabelRun(TokenClassificationEnsemble ensemble, ILabelWriter writer, TextWriter error, IRunProgress progress,
    ScoreThreshold? threshold = null)
{
    /// <summary>Documents labelled so far.</summary>
    public long Documents { get; private set; }

    /// <summary>Documents that could not be read or labelled.</summary>
    public long Failed { get; private set; }

    /// <summary>Entities found so far.</summary>
    public long Entities { get; private set; }

    /// <summary>Labels an input whose lines are documents.</summary>
    public async Task LinesAsync(string name, Stream input, CancellationToken stop)
    {
        await foreach (var batch in new DocumentReader(name).ReadLinesAsync(input, stop))
            Label(batch, stop);
    }

    /// <summary>Labels an input that is one document.</summary>
    public async Task WholeAsync(string name, Stream input, CancellationToken stop) =>
        Label([await new DocumentReader(name).ReadWholeAsync(input, stop)], stop);

    private void Label(IReadOnlyList<InputDocument> batch, CancellationToken stop)
    {
        var readable = batch.Select(input => input.Document).OfType<Document>().ToArray();
        IReadOnlyList<DocumentOutcome> outcomes;
        try
        {
            outcomes = ensemble.Label(readable);
        }
        catch (Exception cause) when (stop.IsCancellationRequested)
        {
            // Whoever asks for the end has the runs ended too.
            throw new OperationCanceledException(cause.Message, cause, stop);
        }

        stop.ThrowIfCancellationRequested();
        var next = 0;
        foreach (var input in batch)
        {
            if (input.Document is { } document)
                Write(input, document, outcomes[next++]);
            else
                Report(input.Place, input.Problem!);
        }

        writer.Flush();
        progress.Advance(batch.Sum(input => input.Bytes), Documents + Failed);
    }

    private void Write(InputDocument input, Document document, DocumentOutcome outcome)
    {
        switch (outcome)
        {
            case DocumentOutcome.Labelled found:
                var labelled = threshold?.Apply(found) ?? found;
                writer.Write(document, labelled);
                Documents++;
                Entities += labelled.Entities.Length;
                break;

            case DocumentOutcome.Failed failed:
                Report(input.Place, $"{failed.Code.Name()}: {failed.Message}");
                break;
        }
    }

    private void Report(string place, string problem)
    {
        Failed++;
        error.WriteLine($"streamner: {VisibleText.Of(place)}: {VisibleText.Of(problem)}");
    }
}

/// <summary>Is told how far a run over many documents or sentences is. One thread at a time.</summary>
internal interface IRunProgress
{
    /// <summary>Tells that a batch is done.</summary>
    /// <param name="amount">What the batch adds: bytes of the input, or the same unit as <paramref name="done"/>.</param>
    /// <param name="done">Documents or sentences done since the beginning.</param>
    void Advance(long amount, long done);
}
