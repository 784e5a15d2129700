using System.Globalization;
using StreamNer.Host.Configuration;
using StreamNer.Host.Settings;
using StreamNer.Host.Web.Answers;

namespace StreamNer.Host.Web.Live;

/// <summary><c>GET /v1/events</c>: what is published, as server-sent events, for as long as the viewer stays.</summary>
internal sealed class EventsEndpoint(ServicePlan plan, LiveFeed feed, IHostApplicationLifetime lifetime, TimeProvider clock)
{
    private static readonly TimeSpan CountEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan HeartbeatEvery = TimeSpan.FromSeconds(15);

    private readonly WebOptions _options = plan.Settings.Web;

    /// <summary>Serves one viewer.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        // A page elsewhere could not read the answer, but it could take all the places.
        // Another port of the same host counts as the same site, and is another page all the same.
        // To an address without https that is not this machine a browser says no more than the origin, and that only to another one.
        var origin = context.Request.Headers.Origin.ToString();
        if ((context.Request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site" || IsForeign(context.Request, origin))
            && !_options.AllowedOrigins.Contains(origin))
        {
            await Problem.WriteAsync(context, StatusCodes.Status403Forbidden,
                $"the page's origin is not among {WebOptions.Section}:AllowedOrigins");
            return;
        }

        using var viewer = feed.Enter();
        if (viewer is null)
        {
            await Problem.WriteTooManyAsync(context, string.Create(
                CultureInfo.InvariantCulture, $"{feed.Viewers} viewers look on, the limit of {WebOptions.Section}:MaxViewers, "
                    + $"{_options.MaxViewers}; try again later"));
            return;
        }

        context.Response.ContentType = "text/event-stream";

        // Some proxies collect what they pass on unless told not to.
        context.Response.Headers["X-Accel-Buffering"] = "no";

        // A viewer stays for hours; a service that stops does not wait for that.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            await ServeAsync(context.Response, viewer, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The viewer left, or everything stops.
        }
    }

    private static bool IsForeign(HttpRequest request, string origin) =>
        origin.Length > 0 && !string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);

    private async Task ServeAsync(HttpResponse response, LiveViewer viewer, CancellationToken stop)
    {
        var body = response.BodyWriter;
        await body.WriteAsync(LiveFrame.Hello(_options), stop);
        var (told, toldAt) = (default((LiveCount, long)), clock.GetTimestamp());
        while (true)
        {
            await viewer.WaitAsync(CountEvery, clock, stop);
            while (viewer.TryRead(out var frame))
                await body.WriteAsync(frame, stop);

            var (count, silence) = ((feed.Count - viewer.Since, viewer.Dropped), clock.GetElapsedTime(toldAt));
            if (count != told && silence >= CountEvery)
            {
                await body.WriteAsync(LiveFrame.Of(count.Item1, count.Dropped), stop);
                (told, toldAt) = (count, clock.GetTimestamp());
            }
            else if (silence >= HeartbeatEvery)
            {
                await body.WriteAsync(LiveFrame.Heartbeat, stop);
                toldAt = clock.GetTimestamp();
            }
        }
    }
}
