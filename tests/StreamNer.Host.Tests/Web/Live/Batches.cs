using StreamNer.Inference.Domain;
using StreamNer.Streams.Wire;

namespace StreamNer.Host.Tests.Web.Live;

/// <summary>Makes published batches.</summary>
internal static class Batches
{
    /// <summary>Documents that were labelled, with one entity each where the text is long enough.</summary>
    public static RecordBatch Labelled(params string[] texts) => Of(texts, [.. texts.Select(text =>
        new DocumentOutcome.Labelled(text.Length >= 5 ? [new Entity(new TextSpan(0, 5), "PER", 0.87654f)] : [], [], 1, false))]);

    /// <summary>Documents and what became of them.</summary>
    public static RecordBatch Of(string[] texts, DocumentOutcome[] outcomes)
    {
        var records = new RecordBatch.Builder(texts.Length, long.MaxValue);
        var partition = new AssignedPartition("news", 3);
        for (var i = 0; i < texts.Length; i++)
            records.Add(new KafkaRecord(partition, i, null, [], [], null));
        var batch = records.Build();
        for (var i = 0; i < texts.Length; i++)
        {
            batch.Results[i] = new RecordResult
            {
                Document = new Document(new DocumentId($"doc-{i}"), texts[i]),
                Outcome = outcomes[i],
                Answer = default(OutgoingRecord),
            };
        }

        return batch;
    }
}
