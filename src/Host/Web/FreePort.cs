using System.Net;
using System.Net.Sockets;
using StreamNer.Host.Settings;

namespace StreamNer.Host.Web;

/// <summary>Sees whether an address can be listened on, before anything is started that would have to be stopped again.</summary>
internal static class FreePort
{
    /// <summary>Tries the address for a moment.</summary>
    /// <returns>True also when it can't be told; starting the server then says why.</returns>
    public static bool IsFree(WebOptions options)
    {
        if (options.Address() is not { } address || address.Port == 0)
            return true;

        var ip = IPAddress.TryParse(address.Host.Trim('[', ']'), out var parsed) ? parsed : IPAddress.Loopback;
        using var listener = new TcpListener(ip, address.Port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
