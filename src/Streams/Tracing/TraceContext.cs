using System.Diagnostics;
using System.Text;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Tracing;

/// <summary>Reads the trace that a record belongs to from its headers, as W3C Trace Context writes it.</summary>
internal static class TraceContext
{
    // 00-<32 digits trace id>-<16 digits span id>-<2 digits flags>
    private const int LastDigitOfFlags = 54;

    /// <summary>The span that sent the record; null when its headers name none.</summary>
    public static ActivityContext? Of(in KafkaRecord record)
    {
        if (record.Headers.Length == 0 || record.Header(HeaderNames.TraceParent) is not { } parent)
            return null;

        var state = record.Header(HeaderNames.TraceState) is { } header ? Encoding.UTF8.GetString(header) : null;
        return ActivityContext.TryParse(Encoding.ASCII.GetString(parent), state, isRemote: true, out var context) ? context : null;
    }

    /// <summary>Says without an allocation that a record's sender has not sampled it: so it is with most, and then nothing else is read.</summary>
    public static bool IsUnsampled(in KafkaRecord record) =>
        record.Headers.Length > 0
        && record.Header(HeaderNames.TraceParent) is { Length: > LastDigitOfFlags } parent
        && parent[LastDigitOfFlags] is (byte)'0' or (byte)'2' or (byte)'4' or (byte)'6' or (byte)'8' or (byte)'a' or (byte)'c' or (byte)'e';
}
