using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Threading.RateLimiting;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.AspNetCore.Connections;
using StreamNer.Actors.Recognition;
using StreamNer.Actors.Supervision;
using StreamNer.Host.Configuration;
using StreamNer.Host.Settings;
using StreamNer.Host.Web.Answers;
using StreamNer.Inference.Decoding;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Publishing;
using StreamNer.Streams.Wire;

namespace StreamNer.Host.Web;

/// <summary><c>POST /v1/label</c>: labels on request, through the same batcher as the stream.</summary>
/// <remarks>
/// A body is read before the request takes one of the places of those that are worked on: whoever sends slowly holds up nobody but
/// others that do. And an answer is written after the place is given back: whoever reads slowly holds up nobody but others that do.
/// </remarks>
internal sealed partial class LabelEndpoint(
    ServicePlan plan, IRequiredActor<RecognitionActor> recognition, AnswerWriter answers, TimeProvider clock,
    ILogger<LabelEndpoint> log) : IDisposable
{
    private static readonly TimeSpan StatusTimeout = TimeSpan.FromSeconds(2);

    private readonly WebOptions _options = plan.Settings.Web;
    private readonly OutputOptions _output = plan.Settings.Output;
    private readonly ScoreThreshold _threshold = plan.Settings.Output.Threshold;
    private readonly ModelIdentity _all = plan.Model;
    private readonly Dictionary<string, ModelIdentity> _each =
        plan.Models.ToDictionary(model => model.Name, model => plan.IdentityOf([model]), StringComparer.Ordinal);

    private readonly ConcurrencyLimiter _bodies =
        new(new ConcurrencyLimiterOptions { PermitLimit = plan.Settings.Web.MaxConcurrentBodies });
    private readonly ConcurrencyLimiter _requests =
        new(new ConcurrencyLimiterOptions { PermitLimit = plan.Settings.Web.MaxConcurrentRequests });

    /// <inheritdoc/>
    public void Dispose()
    {
        _bodies.Dispose();
        _requests.Dispose();
    }

    /// <summary>Answers one request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        if (!IsJson(context.Request.ContentType))
        {
            await Problem.WriteAsync(context, StatusCodes.Status415UnsupportedMediaType,
                $"the content type is '{context.Request.ContentType}', it must be application/json in UTF-8");
            return;
        }

        if (context.Request.Headers.ContentEncoding.ToString() is { Length: > 0 } encoding
            && !string.Equals(encoding, "identity", StringComparison.OrdinalIgnoreCase))
        {
            await Problem.WriteAsync(
                context,
                StatusCodes.Status415UnsupportedMediaType,
                $"the content encoding is '{encoding}', bodies are read unpacked only: send it without");
            return;
        }

        if (await ReadAsync(context) is not { } request)
            return;
        using var permit = _requests.AttemptAcquire();
        if (!permit.IsAcquired)
        {
            await Problem.WriteTooManyAsync(
                context,
                $"{_options.MaxConcurrentRequests} requests are being worked on, the limit of "
                    + $"{WebOptions.Section}:MaxConcurrentRequests; try again later");
            return;
        }

        try
        {
            var identity = _all;
            if (request.Model is { } name && !_each.TryGetValue(name, out identity))
            {
                await Problem.WriteAsync(context, StatusCodes.Status400BadRequest,
                    $"'model' names none of the configured models; there are {string.Join(", ", _each.Keys)}");
                return;
            }

            var actor = await recognition.GetAsync(context.RequestAborted);
            var status =
                await actor.Ask<RecognitionProtocol.Status>(RecognitionProtocol.GetStatus.Instance, StatusTimeout, context.RequestAborted);
            if (!IsReady(status, request.Model))
            {
                await Problem.WriteUnavailableAsync(context, "no lane is ready yet: the model is being loaded; see /health/ready");
                return;
            }

            var question = new RecognitionProtocol.Recognise(request.Documents)
            {
                Model = request.Model,
                Asker = RecognitionProtocol.Asker.Request,
                Patience = _options.RequestTimeout,
                CalledBack = context.RequestAborted,
            };
            var reply = await actor.Ask<RecognitionProtocol.Recognised>(question, _options.RequestTimeout, context.RequestAborted);
            if (await MakeAnswerAsync(context, request, identity, reply.Outcomes) is not { } answer)
                return;
            permit.Dispose();
            await answers.WriteAsync(context, "application/json", answer);
        }
        catch (RecognitionBusyException busy)
        {
            context.Response.Headers.RetryAfter = busy.RetryAfter.TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
            await Problem.WriteAsync(context, StatusCodes.Status429TooManyRequests, busy.Message);
        }
        catch (RecognitionStoppedException)
        {
            await Problem.WriteUnavailableAsync(context, "the model's lanes were lost or are being started anew; see /health/ready");
        }
        catch (Exception late) when (late is AskTimeoutException or RecognitionAbandonedException
            && !context.RequestAborted.IsCancellationRequested)
        {
            await Problem.WriteUnavailableAsync(context, $"no labels within {WebOptions.Section}:RequestTimeout, "
                + $"{_options.RequestTimeout}; send less at once, or later");
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is listening any more.
        }
    }

    /// <summary>Whether every model that is asked has a lane that takes batches.</summary>
    private bool IsReady(RecognitionProtocol.Status status, string? asked) =>
        plan.Models.Where(model => asked is null || model.Name == asked)
            .All(model => status.Lanes.Any(lane => lane.Model == model.Name && lane.State == RecognitionProtocol.LaneState.Ready));

    /// <summary>Reads the body, or answers why it can't be read.</summary>
    private async Task<LabelRequest?> ReadAsync(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        try
        {
            if (await ReadToEndAsync(context, reader) is not { } body)
                return null;
            var (request, problem) = Parse(body);
            reader.AdvanceTo(body.End);
            if (request is null)
                await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, problem);
            return request;
        }
        catch (BadHttpRequestException refused)
        {
            var detail = refused.StatusCode switch
            {
                StatusCodes.Status413PayloadTooLarge =>
                    $"the body has more than {_options.MaxBodyBytes} bytes; send less at once, or raise {WebOptions.Section}:MaxBodyBytes",
                StatusCodes.Status408RequestTimeout => "the body came too slowly; send it in one go",
                _ => "the body does not have the length or the chunks that its head promises",
            };
            await RefuseAsync(context, refused.StatusCode, detail);
        }
        catch (IOException broken) when (broken is not ConnectionResetException && !context.RequestAborted.IsCancellationRequested)
        {
            // The size of a chunk that no number holds, say.
            await RefuseAsync(context, StatusCodes.Status400BadRequest,
                "the body does not have the length or the chunks that its head promises");
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The connection broke; nobody is listening any more.
            LogBodyRefused(log, exception.Message);
        }

        return null;
    }

    /// <summary>
    /// Reads a body in one piece, which is rented: as arrays of their own, long bodies would be garbage that is seldom collected.
    /// </summary>
    private (LabelRequest? Request, string Problem) Parse(in ReadOnlySequence<byte> body)
    {
        if (body.IsSingleSegment)
            return (LabelRequest.Read(body.FirstSpan, _options.MaxTexts, out var ofOne), ofOne);

        var rented = ArrayPool<byte>.Shared.Rent(checked((int)body.Length));
        try
        {
            body.CopyTo(rented);
            return (LabelRequest.Read(rented.AsSpan(0, (int)body.Length), _options.MaxTexts, out var problem), problem);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>The whole body; null when its sender had to be told that there is no place or no time for it.</summary>
    private async Task<ReadOnlySequence<byte>?> ReadToEndAsync(HttpContext context, PipeReader reader)
    {
        // Most bodies come with their head: they need no place among those that are waited for.
        if (reader.TryRead(out var read))
        {
            if (read.IsCompleted)
                return read.Buffer;
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }

        using var place = _bodies.AttemptAcquire();
        if (!place.IsAcquired)
        {
            await Problem.WriteTooManyAsync(
                context,
                $"{_options.MaxConcurrentBodies} bodies are being waited for, the limit of "
                    + $"{WebOptions.Section}:MaxConcurrentBodies; try again later");
            return null;
        }

        using var deadline = new CancellationTokenSource(_options.BodyTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, context.RequestAborted);
        try
        {
            // The server refuses bodies above the limit while they are read, so this buffer is bounded.
            while (true)
            {
                read = await reader.ReadAsync(either.Token);
                if (read.IsCompleted)
                    return read.Buffer;
                reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            await RefuseAsync(
                context, StatusCodes.Status408RequestTimeout,
                $"the body was not here within {WebOptions.Section}:BodyTimeout, {_options.BodyTimeout}; send it in one go");
            return null;
        }
    }

    /// <summary>
    /// Answers that the body can't be read, and ends the connection: what else comes on it would be the rest of that body.
    /// </summary>
    private async Task RefuseAsync(HttpContext context, int status, string detail)
    {
        LogBodyRefused(log, detail);
        context.Response.Headers.Connection = "close";
        await Problem.WriteAsync(context, status, detail);
    }

    [LoggerMessage(EventId = 4020, Level = LogLevel.Debug, Message = "a body of /v1/label could not be read: {Reason}")]
    private static partial void LogBodyRefused(ILogger logger, string reason);

    private static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && string.Equals(type.MediaType, "application/json", StringComparison.OrdinalIgnoreCase)
        && (type.CharSet is null || string.Equals(type.CharSet.Trim('"'), "utf-8", StringComparison.OrdinalIgnoreCase));

    /// <summary>The body of an answer; null when a problem was answered in its place.</summary>
    private async Task<ReadOnlyMemory<byte>?> MakeAnswerAsync(HttpContext context, LabelRequest request, ModelIdentity identity,
        IReadOnlyList<DocumentOutcome> outcomes)
    {
        if (request.IsSingle && outcomes[0] is DocumentOutcome.Failed failed)
        {
            await Problem.WriteAsync(context, StatusOf(failed.Code), $"{failed.Code.Name()}: {failed.Message}");
            return null;
        }

        var body = new ArrayBufferWriter<byte>();
        await using (var json = new Utf8JsonWriter(body, EntityEventWriter.Json))
        {
            if (!request.IsSingle)
                json.WriteStartArray();
            for (var i = 0; i < outcomes.Count; i++)
                Write(json, request, i, outcomes[i], identity);
            if (!request.IsSingle)
                json.WriteEndArray();
        }

        return body.WrittenMemory;
    }

    private void Write(Utf8JsonWriter json, LabelRequest request, int index, DocumentOutcome outcome, ModelIdentity identity)
    {
        var document = request.Documents[index];
        if (outcome is DocumentOutcome.Labelled labelled)
        {
            var threshold = request.MinScore is { } least ? new ScoreThreshold(least) : _threshold;
            new EntityEvent(document.Id, Origin: null, identity, document.Text, threshold.Apply(labelled))
            {
                Unit = request.OffsetUnit ?? _output.OffsetUnit,
            }.WriteTo(json, request.Tokens ?? _output.Tokens);
            return;
        }

        // One bad text of many leaves the others their labels; its place in the list says which one it was.
        var failed = (DocumentOutcome.Failed)outcome;
        json.WriteStartObject();
        json.WriteString("document"u8, document.Id.Value);
        json.WriteStartObject("failure"u8);
        json.WriteString("stage"u8, failed.Stage.Name());
        json.WriteString("code"u8, failed.Code.Name());
        json.WriteString("message"u8, failed.Message);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static int StatusOf(FailureCode code) => code switch
    {
        FailureCode.TextTooLong or FailureCode.RuleTimedOut => StatusCodes.Status400BadRequest,
        FailureCode.LaneLost => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };
}
