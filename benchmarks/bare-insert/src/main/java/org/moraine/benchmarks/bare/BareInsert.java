package org.moraine.benchmarks.bare;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import javax.sql.DataSource;

/** Keeps a JSON body as one row, committed when the answer goes out, and gives the row's id. */
@Path("/rows")
@Singleton
public class BareInsert {

    private final DataSource database;

    BareInsert(DataSource database) {
        this.database = database;
    }

    void start(@Observes StartupEvent event) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE bare_rows (id text PRIMARY KEY, body jsonb NOT NULL)");
        }
    }

    /** What was made. */
    public record Made(String id) {}

    @POST
    public Made insert(JsonNode body) throws SQLException {
        String id = UUID.randomUUID().toString();
        try (Connection connection = database.getConnection();
                PreparedStatement statement =
                        connection.prepareStatement("INSERT INTO bare_rows (id, body) VALUES (?, ?::jsonb)")) {
            statement.setString(1, id);
            statement.setString(2, body.toString());
            statement.executeUpdate();
        }
        return new Made(id);
    }
}
