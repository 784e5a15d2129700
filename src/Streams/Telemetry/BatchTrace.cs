using System.Diagnostics;
using System.Text;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Telemetry;

/// <inheritdoc cref="IBatchTrace"/>
/// <remarks>A batch that is never finished never ends its spans, and they are not exported.</remarks>
internal sealed class BatchTrace(int records) : IBatchTrace
{
    private readonly Activity?[] _process = new Activity?[records];
    private readonly Activity?[] _send = new Activity?[records];

    public void Add(int index, Activity process) => _process[index] = process;

    /// <inheritdoc/>
    public byte[]? Send(int index, string topic, int? bytes)
    {
        if (_process[index] is not { } process)
            return null;

        _send[index] = DocumentTracing.Send(process, topic, bytes);
        return Encoding.ASCII.GetBytes((_send[index] ?? process).Id!);
    }

    /// <inheritdoc/>
    public void Finish(RecordBatch batch)
    {
        var current = Activity.Current;
        for (var i = 0; i < _process.Length; i++)
        {
            if (_process[i] is not { } process)
                continue;

            if (batch.Results[i].Failure is { } failure)
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

/// <summary>Reads the trace that a record belongs to from its headers, as W3C Trace Context writes it.</summary>
internal static class TraceContext
{
    // 00-<32 digits trace id>-<16 digits span id>-<2 digits flags>
    private const int LastDigitOfFlags = 54;

    /// <summary>The span that sent the record; null when its headers name none.</summary>
    public static ActivityContext? Read(in KafkaRecord record)
    {
        if (record.Headers.Length == 0 || record.Header(HeaderNames.TraceParent) is not { } parent)
            return null;

        var state = record.Header(HeaderNames.TraceState) is { } header ? Encoding.UTF8.GetString(header) : null;
        return ActivityContext.TryParse(Encoding.ASCII.GetString(parent), state, isRemote: true, out var context) ? context : null;
    }

    /// <summary>
    /// Says without an allocation that a record's sender has not sampled it: so it is with most, and then nothing else is read.
    /// </summary>
    public static bool IsUnsampled(in KafkaRecord record) =>
        record.Headers.Length > 0
        && record.Header(HeaderNames.TraceParent) is { Length: > LastDigitOfFlags } parent
        && parent[LastDigitOfFlags] is (byte)'0' or (byte)'2' or (byte)'4' or (byte)'6' or (byte)'8' or (byte)'a' or (byte)'c' or (byte)'e';
}
