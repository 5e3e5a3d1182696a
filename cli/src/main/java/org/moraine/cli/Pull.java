package org.moraine.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Manifest;
import org.moraine.engine.EngineException;

/**
 * A version on this machine's disk.
 *
 * @param files how many
 * @param bytes of all together
 */
record Pull(int files, long bytes) {

    /**
     * Downloads every file of a version over the Hub's route into a folder. The commit id is the digest of everything, so
     * what was downloaded is right exactly when its own manifest gives that id.
     *
     * @throws EngineException naming what differs
     */
    static Pull version(TeamClient client, String adapter, int version, String commit, Path folder) throws IOException {
        List<Manifest.File> files = new ArrayList<>();
        long bytes = 0;
        for (JsonNode entry : client.registry("/api/models/" + adapter + "/tree/v" + version + "?recursive=true")) {
            if (!entry.path("type").asText().equals("file")) continue;
            String path = entry.path("path").asText();
            HttpResponse<byte[]> response = client.resolve(adapter, "v" + version, path);
            String from = response.headers().firstValue("X-Repo-Commit").orElse("none");
            if (!from.equals(commit)) {
                throw new EngineException(path + " came from commit " + from + " instead of " + commit);
            }
            files.add(new Manifest.File(path, response.body().length, Digest.of(response.body())));
            bytes += response.body().length;
            Path target = folder.resolve(path);
            Files.createDirectories(target.toAbsolutePath().getParent());
            Files.write(target, response.body());
        }
        String found = new Manifest(files).commit();
        if (!found.equals(commit)) {
            throw new EngineException("The files of " + adapter + " v" + version + " make commit " + found
                    + ", and the job published " + commit);
        }
        return new Pull(files.size(), bytes);
    }

    static void delete(Path folder) throws IOException {
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) Files.delete(path);
        }
    }
}
