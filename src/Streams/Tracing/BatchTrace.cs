using System.Diagnostics;
using System.Text;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Tracing;

/// <summary>The spans of a batch's traced records. Travels with the batch, one step at a time; a batch that is never finished never ends them, and they are not exported.</summary>
internal sealed class BatchTrace(int records)
{
    private readonly Activity?[] _process = new Activity?[records];
    private readonly Activity?[] _send = new Activity?[records];

    public void Add(int index, Activity process) => _process[index] = process;

    /// <summary>Notes that a record goes to the client.</summary>
    /// <param name="index">The place of the record that it answers.</param>
    /// <param name="topic">Where it goes.</param>
    /// <param name="bytes">Size of its value; null when it has none.</param>
    /// <returns>What stands in its <c>traceparent</c>; null when the record is not traced, and then the input's own header passes through.</returns>
    public byte[]? Send(int index, string topic, int? bytes)
    {
        if (_process[index] is not { } process)
            return null;

        _send[index] = DocumentTracing.Send(process, topic, bytes);
        return Encoding.ASCII.GetBytes((_send[index] ?? process).Id!);
    }

    /// <summary>Ends all spans: the broker has every answer.</summary>
    /// <param name="failures">Why a record became a dead letter; null for those that did not.</param>
    public void Finish(DocumentOutcome.Failed?[] failures)
    {
        var current = Activity.Current;
        for (var i = 0; i < _process.Length; i++)
        {
            if (_process[i] is not { } process)
                continue;

            if (failures[i] is { } failure)
            {
                Fail(process, failure);
                if (failure.Stage == FailureStage.Publish)
                    Fail(_send[i], failure);
            }

            _send[i]?.Stop();
            process.Stop();
        }

        // Stopping a span makes the one before it the current one.
        Activity.Current = current;
    }

    // The code alone: it is one of a closed list, while a message may quote a header.
    private static void Fail(Activity? span, DocumentOutcome.Failed failure)
    {
        span?.SetStatus(ActivityStatusCode.Error);
        span?.SetTag("error.type", failure.Code.Name());
        span?.SetTag(HeaderNames.ErrorStage, failure.Stage.Name());
    }
}
