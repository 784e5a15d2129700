using System.Threading.RateLimiting;
using StreamNer.Host.Configuration;
using StreamNer.Host.Settings;

namespace StreamNer.Host.Web.Answers;

/// <summary>Writes answers that are made already, each as fast as it is read: whoever reads slowly holds up nobody.</summary>
/// <remarks>Any thread. What the long ones hold in memory while they wait for their readers is bounded, and so is their time.</remarks>
internal sealed partial class AnswerWriter(ServicePlan plan, TimeProvider clock, ILogger<AnswerWriter> log) : IDisposable
{
    /// <summary>Longer answers are counted while they wait for their reader, and are written in parts of this size.</summary>
    private const int PartBytes = 64 * 1024;

    private readonly WebOptions _options = plan.Settings.Web;
    private readonly ConcurrencyLimiter _longAnswers =
        new(new ConcurrencyLimiterOptions { PermitLimit = KiBOf(plan.Settings.Web.MaxAnswerBytes) });

    /// <inheritdoc/>
    public void Dispose() => _longAnswers.Dispose();

    /// <summary>Writes an answer, and ends the connection when that takes too long; 429 where too many wait.</summary>
    /// <param name="context">The request; its answer has begun with no byte yet.</param>
    /// <param name="contentType">What the body is.</param>
    /// <param name="body">The whole of it. Must not change until the task ends.</param>
    public async Task WriteAsync(HttpContext context, string? contentType, ReadOnlyMemory<byte> body)
    {
        // What the server's own buffer holds waits for nobody.
        using var room = body.Length <= PartBytes
            ? null
            : _longAnswers.AttemptAcquire(KiBOf(Math.Min(body.Length, _options.MaxAnswerBytes)));
        if (room is { IsAcquired: false })
        {
            await Problem.WriteTooManyAsync(
                context,
                $"the answer has {body.Length} bytes, and answers of {WebOptions.Section}:MaxAnswerBytes, {_options.MaxAnswerBytes}, "
                    + "wait for their readers; try again later, or ask for less at once");
            return;
        }

        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        using var deadline = new CancellationTokenSource(_options.AnswerTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, context.RequestAborted);
        try
        {
            for (var at = 0; at < body.Length; at += PartBytes)
                await context.Response.Body.WriteAsync(body[at..Math.Min(at + PartBytes, body.Length)], either.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            LogReadTooSlowly(log, body.Length, _options.AnswerTimeout);
            context.Abort();
        }
    }

    private static int KiBOf(int bytes) => (int)((bytes + 1023L) / 1024);

    [LoggerMessage(EventId = 4021, Level = LogLevel.Debug,
        Message = "an answer of {Bytes} bytes was not read within {Timeout}; the connection is ended")]
    private static partial void LogReadTooSlowly(ILogger logger, int bytes, TimeSpan timeout);
}
