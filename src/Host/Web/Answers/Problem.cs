namespace StreamNer.Host.Web.Answers;

/// <summary>Writes problem details (RFC 9457): what is wrong, the value, the limit, the way out.</summary>
internal static class Problem
{
    private const string RetryAfterSeconds = "1";

    /// <summary>Answers with a problem; with one that passes also when to come back, unless that was said before.</summary>
    public static Task WriteAsync(HttpContext context, int status, string detail)
    {
        if (status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable
            && context.Response.Headers.RetryAfter.Count == 0)
        {
            context.Response.Headers.RetryAfter = RetryAfterSeconds;
        }

        return TypedResults.Problem(detail, statusCode: status).ExecuteAsync(context);
    }

    /// <summary>Answers that it may work later.</summary>
    public static Task WriteUnavailableAsync(HttpContext context, string detail) =>
        WriteAsync(context, StatusCodes.Status503ServiceUnavailable, detail);

    /// <summary>Answers that too much is asked at once.</summary>
    public static Task WriteTooManyAsync(HttpContext context, string detail) =>
        WriteAsync(context, StatusCodes.Status429TooManyRequests, detail);
}
