using StreamNer.Inference;
using StreamNer.Inference.Domain;
using StreamNer.Tools.Labelling;

namespace StreamNer.Tools.Evaluation;

/// <summary>Lets the model label the words of a data set, some sentences at a time.</summary>
internal sealed class EvaluationRun(TokenClassificationPipeline pipeline, TextWriter error, IRunProgress progress)
{
    /// <summary>Sentences labelled together: enough to fill batches of like length.</summary>
    private const int SentencesAtOnce = 512;

    private long _done;

    /// <summary>Sentences that could not be labelled; each was named on standard error.</summary>
    public long Failed { get; private set; }

    /// <summary>Labels the words as the file cut them: each is encoded by itself, and its first piece decides.</summary>
    /// <returns>For each sentence the label of each word, null for one without.</returns>
    public IReadOnlyList<IReadOnlyList<string?>> Label(string data, IReadOnlyList<ConllSentence> sentences, CancellationToken stop)
    {
        var labels = new List<IReadOnlyList<string?>>(sentences.Count);
        foreach (var batch in sentences.Chunk(SentencesAtOnce))
        {
            var outcomes = Outcomes(
                [.. batch.Select(sentence => Document.OfWords(new DocumentId($"{sentence.Line}"), sentence.Words))], stop);
            for (var i = 0; i < batch.Length; i++)
            {
                labels.Add(outcomes[i] is DocumentOutcome.Labelled labelled ? Labels(labelled)
                    : Fail(data, batch[i], (DocumentOutcome.Failed)outcomes[i]));
            }

            _done += batch.Length;
            progress.Advance(batch.Length, _done);
        }

        return labels;
    }

    /// <summary>Labels the sentences' texts, words put together, as the stream would.</summary>
    /// <returns>For each sentence the entities found; none where it failed.</returns>
    public IReadOnlyList<IReadOnlyList<Entity>> LabelTexts(string data, IReadOnlyList<ConllSentence> sentences, CancellationToken stop)
    {
        var entities = new List<IReadOnlyList<Entity>>(sentences.Count);
        foreach (var batch in sentences.Chunk(SentencesAtOnce))
        {
            Document[] texts =
                [.. batch.Select(sentence => new Document(new DocumentId($"{sentence.Line}"), SentenceText.Join(sentence.Words).Text))];
            var outcomes = Outcomes(texts, stop);
            for (var i = 0; i < batch.Length; i++)
            {
                if (outcomes[i] is DocumentOutcome.Failed failed)
                    Fail(data, batch[i], failed);
                entities.Add(outcomes[i] is DocumentOutcome.Labelled labelled ? labelled.Entities : []);
            }

            _done += batch.Length;
            progress.Advance(batch.Length, _done);
        }

        return entities;
    }

    private IReadOnlyList<DocumentOutcome> Outcomes(Document[] documents, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        try
        {
            return pipeline.Label(documents);
        }
        catch (Exception cause) when (stop.IsCancellationRequested)
        {
            throw new OperationCanceledException(cause.Message, cause, stop);
        }
    }

    /// <summary>A label of which the model is not sure at all is none: it never saw the word.</summary>
    private static string?[] Labels(DocumentOutcome.Labelled labelled) =>
        [.. labelled.Tokens.Select(token => token.Score > 0 ? token.Label : null)];

    private string?[] Fail(string data, ConllSentence sentence, DocumentOutcome.Failed failure)
    {
        Failed++;
        error.WriteLine($"streamner: {VisibleText.Of(data)}, sentence of line {sentence.Line}: {failure.Code.Name()}: "
            + $"{VisibleText.Of(failure.Message)}");
        return new string?[sentence.Words.Count];
    }
}
