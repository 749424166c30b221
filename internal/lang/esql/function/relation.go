package function

// segment is a straight piece of a line or of a ring.
type segment struct{ a, b place2D }

// side tells on which side of a segment a point lies: above zero left, below right, zero on its line.
func (s segment) side(p place2D) float64 {
	return (s.b.x-s.a.x)*(p.y-s.a.y) - (s.b.y-s.a.y)*(p.x-s.a.x)
}

// holds tells whether a point lies on the segment.
func (s segment) holds(p place2D) bool {
	return s.side(p) == 0 && p.x >= min(s.a.x, s.b.x) && p.x <= max(s.a.x, s.b.x) && p.y >= min(s.a.y, s.b.y) && p.y <= max(s.a.y, s.b.y)
}

// crosses tells whether two segments cross inside of both.
func (s segment) crosses(t segment) bool {
	return s.side(t.a)*s.side(t.b) < 0 && t.side(s.a)*t.side(s.b) < 0
}

// meets tells whether two segments have a point in common.
func (s segment) meets(t segment) bool {
	return s.crosses(t) || s.holds(t.a) || s.holds(t.b) || t.holds(s.a) || t.holds(s.b)
}

// segments gives the pieces of the lines and of the rings.
func (g *geometry) segments() []segment {
	var out []segment
	add := func(points []place2D) {
		for i := 1; i < len(points); i++ {
			out = append(out, segment{points[i-1], points[i]})
		}
	}
	for _, line := range g.lines {
		add(line)
	}
	for _, rings := range g.polygons {
		for _, ring := range rings {
			add(ring)
		}
	}
	return out
}

// covers tells whether a point lies in a polygon, its edge included, on a line, or is one of the points.
func (g *geometry) covers(p place2D) bool {
	for _, q := range g.points {
		if p == q {
			return true
		}
	}
	for _, s := range g.segments() {
		if s.holds(p) {
			return true
		}
	}
	for _, rings := range g.polygons {
		inside := false
		for _, ring := range rings { // within a hole the count becomes even again
			if inRing(ring, p) {
				inside = !inside
			}
		}
		if inside {
			return true
		}
	}
	return false
}

// inRing counts how often a ray from the point crosses the ring.
func inRing(ring []place2D, p place2D) bool {
	inside := false
	for i := 1; i < len(ring); i++ {
		a, b := ring[i-1], ring[i]
		if (a.y > p.y) != (b.y > p.y) && p.x < (b.x-a.x)*(p.y-a.y)/(b.y-a.y)+a.x {
			inside = !inside
		}
	}
	return inside
}

// corners gives the points and the ends of all pieces.
func (g *geometry) corners() []place2D {
	out := append([]place2D(nil), g.points...)
	for _, s := range g.segments() {
		out = append(out, s.a, s.b)
	}
	return out
}

// intersects tells whether two shapes have a point in common.
func (g *geometry) intersects(other *geometry) bool {
	for _, p := range other.corners() {
		if g.covers(p) {
			return true
		}
	}
	for _, p := range g.corners() {
		if other.covers(p) {
			return true
		}
	}
	others := other.segments()
	for _, s := range g.segments() {
		for _, t := range others {
			if s.meets(t) {
				return true
			}
		}
	}
	return false
}

// contains tells whether every point of another shape lies in this one: its corners and the middles of its pieces do, no
// piece crosses an edge, and no hole of this shape lies in the other.
func (g *geometry) contains(other *geometry) bool {
	corners := other.corners()
	for _, p := range corners {
		if !g.covers(p) {
			return false
		}
	}
	edges := g.segments()
	for _, t := range other.segments() {
		if !g.covers(place2D{(t.a.x + t.b.x) / 2, (t.a.y + t.b.y) / 2}) {
			return false
		}
		for _, s := range edges {
			if s.crosses(t) {
				return false
			}
		}
	}
	for _, rings := range g.polygons {
		for _, hole := range rings[1:] {
			if other.surrounds(hole) {
				return false
			}
		}
	}
	return len(corners) > 0
}

// surrounds tells whether the middle of a ring lies within a polygon of the shape.
func (g *geometry) surrounds(ring []place2D) bool {
	var middle place2D
	for _, p := range ring[1:] {
		middle.x += p.x / float64(len(ring)-1)
		middle.y += p.y / float64(len(ring)-1)
	}
	return len(g.polygons) > 0 && g.covers(middle)
}
