package org.moraine.registry.hub;

import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.io.InputStream;
import org.moraine.access.ByLink;
import org.moraine.registry.blob.Brought;

/** Takes one file to the link that was given out for it; the clients send no key there. */
@Path("/" + LinkResource.PATH + "{link}")
@Blocking
public class LinkResource {

    static final String PATH = "api/lfs/";

    private final Brought brought;

    LinkResource(Brought brought) {
        this.brought = brought;
    }

    @PUT
    @Consumes(MediaType.WILDCARD)
    @ByLink
    public void put(@PathParam("link") String link, InputStream bytes) throws IOException {
        brought.put(link, bytes);
    }
}
